//! The line service of queries: from a line to a select, from its rows to a reply.

use std::borrow::Cow;
use std::future::pending;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_domain::Position;
use tidings_eventstore::EventStore;
use tidings_ledger::{Ledger, Progress};
use tidings_projections::queries::{
    Answer, Query, QueryError, Refusal, parse_command_status, parse_processes,
};
use tidings_projections::{Moved, ReadModelError, Reader, Rows, social};
use tidings_wire::{Code, ErrorReply, Id, Reply, Request, Service, plain};
use tidings_wiring::Dependency;
use tidings_world::Handle;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use uuid::Uuid;

use crate::{from_ledger, from_log, help, processes, status};

/// Answers queries from a read model; what became of a command, and how far the read model lags, from the log.
pub struct QueryService {
    store: Arc<OnceLock<EventStore>>,
    reader: Arc<dyn Reader>,
    /// None where commands are not recorded.
    ledger: Option<Arc<dyn Ledger>>,
    /// None where processes keep nothing.
    progress: Option<Arc<dyn Progress>>,
    world: Handle,
    log: Dependency,
    views: Dependency,
    records: Dependency,
    stopping: Arc<watch::Sender<bool>>,
}

/// One line, as the protocol has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Id<'a>,
    #[serde(borrow)]
    query: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    after: Vec<Position>,
    #[serde(default)]
    wait_ms: Option<u64>,
}

/// How long a query waits for its positions, unless it says otherwise, and at most.
const WAIT_MS: u64 = 1_000;
const MOST_WAIT_MS: u64 = 60_000;

impl QueryService {
    /// A service on a read model, a log, which may come later, and the ledger, if there is one.
    pub fn new(
        store: Arc<OnceLock<EventStore>>,
        reader: Arc<dyn Reader>,
        ledger: Option<Arc<dyn Ledger>>,
        world: Handle,
    ) -> Self {
        let (stopping, _) = watch::channel(false);
        let log = Dependency::of("the log", world.clone());
        let views = Dependency::of("the read model", world.clone());
        let records = Dependency::of("the ledger", world.clone());
        let stopping = Arc::new(stopping);
        Self { store, reader, ledger, progress: None, world, log, views, records, stopping }
    }

    /// The same, which also knows how far processes have come.
    #[must_use]
    pub fn with_progress(self, progress: Option<Arc<dyn Progress>>) -> Self {
        Self { progress, ..self }
    }

    /// Set to `true`, it ends the waits of queries for positions.
    pub fn stopping(&self) -> Arc<watch::Sender<bool>> {
        self.stopping.clone()
    }

    async fn answer(&self, request: &Request) -> Result<Reply, Reply> {
        let line: Line<'_> = request.parse().map_err(|reply| elsewhere(request).unwrap_or(reply))?;
        let answer = self.answer_line(&line).await.map_err(|error| error.reply(line.id))?;
        Ok(done(line.id, &answer))
    }

    async fn answer_line(&self, line: &Line<'_>) -> Result<Answer, ErrorReply> {
        let data = line.data.map_or("{}", RawValue::get);
        if line.query == "CommandStatus" {
            let command = parse_command_status(data).map_err(refuse_data)?;
            return self.command_status(command).await;
        }
        if line.query == "Commands" {
            let page = from_ledger::page(data).map_err(refuse_data)?;
            let Some(ledger) = &self.ledger else { return Err(no_ledger()) };
            return self.records.ask(Instant::now(), from_ledger::commands(&**ledger, page)).await;
        }
        if line.query == "Processes" {
            parse_processes(data).map_err(refuse_data)?;
            return self.processes().await;
        }
        let query = Query::parse(&line.query, data, self.world.now()).map_err(refuse_data)?;
        let rows = self.rows(&query, line).await?;
        let answer = query.answer(rows).map_err(refuse)?;
        match query.name() {
            "Checkpoints" => self.log.ask(Instant::now(), from_log::with_lag(self.store()?, answer)).await,
            "DeadLetters" => {
                let failed = match &self.ledger {
                    // One that is away hides no other figure.
                    Some(ledger) => {
                        self.records.ask(Instant::now(), from_ledger::failed(&**ledger)).await.ok()
                    }
                    None => None,
                };
                from_ledger::with_failed(answer, failed).map_err(|cause| self.views.unavailable(cause))
            }
            _ => Ok(answer),
        }
    }

    /// From the log, which counts, and the ledger.
    async fn command_status(&self, command: Uuid) -> Result<Answer, ErrorReply> {
        let (store, since) = (self.store()?, Instant::now());
        let look = async || self.log.ask(since, from_log::made_by(store, command)).await;
        let mut made = look().await?;
        let entry = match &self.ledger {
            Some(ledger) => self.records.ask(since, from_ledger::entry(&**ledger, command)).await?,
            None => None,
        };
        // It may have been appended, and the ledger told, between the two looks.
        if made.is_none() && entry.as_ref().is_some_and(|entry| entry.position.is_some()) {
            made = look().await?;
        }
        status::answer(command, made.as_deref(), entry)
    }

    /// From the ledger, and the log.
    async fn processes(&self) -> Result<Answer, ErrorReply> {
        let since = Instant::now();
        let progress = self.progress.as_deref().ok_or_else(no_ledger)?;
        let reached = self.records.ask(since, processes::reached(progress)).await?;
        self.log.ask(since, processes::with_lag(self.store()?, &reached)).await
    }

    fn store(&self) -> Result<&EventStore, ErrorReply> {
        let away = || ErrorReply::new(Code::Unavailable, "the log is not there yet");
        self.store.get().ok_or_else(away)
    }

    /// The rows, once the read model has seen what the line wants it to have seen.
    async fn rows(&self, query: &Query, line: &Line<'_>) -> Result<Rows, ErrorReply> {
        self.check_after(&line.after)?;
        let wait = line.wait_ms.unwrap_or(WAIT_MS).min(MOST_WAIT_MS);
        let until = Instant::now() + Duration::from_millis(wait);
        loop {
            // What names no position is always seen, so nothing waits for it.
            let moved: Moved<'_> = match line.after.is_empty() {
                true => Box::pin(pending()),
                false => self.reader.moved(),
            };
            let select = self.reader.select(social::NAME, &line.after, query.select());
            let rows = match query.is_slow() {
                true => self.patiently(select).await?,
                false => self.ask(select).await?,
            };
            if let Some(rows) = rows {
                return Ok(rows);
            }
            let mut stopping = self.stopping.subscribe();
            let waited = tokio::select! { biased;
                _ = stopping.wait_for(|stopping| *stopping) => {
                    return Err(ErrorReply::new(Code::Unavailable, "this host stops; ask again"));
                }
                waited = timeout_at(until, moved) => waited,
            };
            if waited.is_err() {
                return Err(self.not_yet(&line.after).await);
            }
        }
    }

    /// What the read model answers.
    async fn ask<T>(&self, asked: impl Future<Output = Result<T, ReadModelError>>) -> Result<T, ErrorReply> {
        self.views.ask(Instant::now(), async { asked.await.map_err(why) }).await
    }

    /// The answer of a query that reads whole tables. That it takes long says nothing of the server.
    async fn patiently<T>(
        &self,
        asked: impl Future<Output = Result<T, ReadModelError>>,
    ) -> Result<T, ErrorReply> {
        let late = || {
            let message = format!("no answer within {} s; ask when less is going on", SLOW.as_secs());
            ErrorReply::new(Code::Unavailable, message)
        };
        let answer = timeout(SLOW, asked).await.map_err(|_| late())?;
        answer.map_err(|error| self.views.unavailable(why(error)))
    }

    fn check_after(&self, after: &[Position]) -> Result<(), ErrorReply> {
        // Where the log is not there yet, such a position is not seen either.
        let Some(partitions) = self.store.get().map(EventStore::partitions) else { return Ok(()) };
        match after.iter().find(|position| position.partition >= partitions) {
            Some(position) => {
                let message =
                    format!("{position} is no position of this log, which has {partitions} partitions");
                Err(ErrorReply::new(Code::Invalid, message).field("after"))
            }
            None => Ok(()),
        }
    }

    async fn not_yet(&self, after: &[Position]) -> ErrorReply {
        let numbers = match self.ask(self.reader.checkpoint(social::NAME)).await {
            Ok(checkpoint) => checkpoint.numbers,
            Err(error) => return error,
        };
        let reached = |position: &Position| {
            let number = numbers.get(usize::from(position.partition)).copied().unwrap_or(0);
            Position::new(position.partition, number).to_string()
        };
        let reached: Vec<String> = after.iter().map(reached).collect();
        let message = format!("the read model has not seen that yet; it is at {}", reached.join(", "));
        ErrorReply::new(Code::NotYet, message).with("reached", reached)
    }
}

impl Service for QueryService {
    async fn call(&self, request: Request) -> Reply {
        match self.answer(&request).await {
            Ok(reply) | Err(reply) => reply,
        }
    }

    fn help(&self, topic: Option<&str>) -> String {
        help::about(topic)
    }
}

/// The reply: the data are JSON already, and a cursor has no letter that JSON escapes.
fn done(id: Id<'_>, answer: &Answer) -> Reply {
    let size = answer.data.len() + answer.next.as_ref().map_or(0, String::len) + 20;
    Reply::ok_with(id, size, |line| {
        line.push_str(",\"data\":");
        line.push_str(&answer.data);
        if let Some(next) = &answer.next {
            for part in [",\"next\":\"", next, "\""] {
                line.push_str(part);
            }
        }
    })
}

/// What is said where nothing is recorded.
fn no_ledger() -> ErrorReply {
    let message = "this host knows of no ledger: start it with --ledger, as the command hosts are";
    ErrorReply { retry: false, ..ErrorReply::new(Code::Unavailable, message) }
}

/// What is said to a command, which has come to the wrong port.
#[cold]
fn elsewhere(request: &Request) -> Option<Reply> {
    let message = "this port takes queries; commands go to the command host's (7401, unless told otherwise)";
    let error = || ErrorReply::new(Code::Invalid, message).field("command");
    (request.has("command") && !request.has("query")).then(|| error().reply(request.id()))
}

/// How long a query that reads whole tables is waited for.
const SLOW: Duration = Duration::from_secs(30);

/// The cause alone: that it is the read model's is said beside it.
fn why(error: ReadModelError) -> String {
    match error {
        ReadModelError::Unavailable(cause) | ReadModelError::Unfit(cause) => cause,
    }
}

fn refuse_data(error: QueryError) -> ErrorReply {
    let message = plain(&error.to_string());
    match error {
        QueryError::Unknown { .. } => ErrorReply::new(Code::Unknown, message),
        QueryError::Invalid { field, .. } if field.is_empty() => {
            ErrorReply::new(Code::Invalid, message).field("data")
        }
        QueryError::Invalid { field, .. } => {
            ErrorReply::new(Code::Invalid, message).field(format!("data.{field}"))
        }
    }
}

fn refuse(refusal: Refusal) -> ErrorReply {
    let message = refusal.to_string();
    match refusal {
        Refusal::NotFound { .. } | Refusal::NoGroup { .. } => ErrorReply::new(Code::NotFound, message),
        Refusal::Deleted { .. } => ErrorReply::new(Code::Gone, message).reason("deleted"),
        Refusal::Hidden { .. } => ErrorReply::new(Code::Gone, message).reason("hidden"),
    }
}
