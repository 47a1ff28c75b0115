//! The line service of commands: from a line to a command, from an outcome to a reply.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_domain::{
    Actor, Aggregate, Class, Command, CommandError, Limits, Position, Rejection, SocialCommand, Timestamp,
    UserId, clip, comment, follow, like, post, view,
};
use tidings_eventstore::AppendError;
use tidings_wire::{Code, ErrorReply, Id, Reply, Request, Service, plain};
use tidings_wiring::Dependency;
use tidings_world::Handle;
use uuid::Uuid;

use crate::help::Help;
use crate::owners::{Answer, Owners, Passed, Rest, is_greeting, is_ok};
use crate::{Engine, ExecuteError, Meta, Outcome};

/// Carries out the social commands that come as lines.
pub struct CommandService {
    engine: Engine<Limits>,
    world: Handle,
    moderators: BTreeSet<UserId>,
    /// None where this host is the only one.
    owners: Option<Arc<Owners>>,
    help: Help,
    log: Dependency,
}

/// One line, as the protocol has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Id<'a>,
    #[serde(borrow)]
    command: Cow<'a, str>,
    actor: UserId,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    correlation: Option<Uuid>,
    #[serde(default)]
    causation: Option<Uuid>,
    #[serde(default)]
    occurred_at: Option<Timestamp>,
    /// Written by hosts only.
    #[serde(default)]
    passed: Option<Passed>,
}

/// What a reply says of a command that was carried out.
#[derive(Serialize)]
struct Done<'a> {
    stream: &'a str,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Position>,
    replayed: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unchanged: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<Uuid>,
}

impl CommandService {
    /// A service on an engine. `moderators` may moderate; `limits` are those of the engine, for the help.
    pub fn new(engine: Engine<Limits>, world: Handle, moderators: BTreeSet<UserId>, limits: &Limits) -> Self {
        let (help, log) = (Help::new(limits), Dependency::of("the log", world.clone()));
        Self { engine, world, moderators, owners: None, help, log }
    }

    /// Passes commands on to those who own their partitions.
    pub(crate) fn shared(self, owners: Option<Arc<Owners>>) -> Self {
        Self { owners, ..self }
    }

    async fn answer(&self, request: &Request) -> Result<Reply, Reply> {
        if let Some(owners) = &self.owners
            && is_greeting(request.line())
        {
            return Ok(Reply::ok(request.id(), &owners.greeted()));
        }
        let line: Line<'_> = request.parse().map_err(|reply| elsewhere(request).unwrap_or(reply))?;
        let given = match line.passed {
            Some(passed) => Some(passed.id),
            None => command_id(line.id).map_err(|error| error.reply(line.id))?,
        };
        let (id, command_id) = match given {
            Some(given) => (Cow::Borrowed(line.id.json().unwrap_or_default()), given),
            None => {
                let drawn = self.world.id();
                (Cow::Owned(format!("\"{drawn}\"")), drawn)
            }
        };
        let id: Id<'_> = serde_json::from_str(&id).unwrap_or_default();
        let data = line.data.map_or("{}", RawValue::get);
        let command = SocialCommand::parse(&line.command, data, line.actor, command_id)
            .map_err(|error| refuse_data(&error).reply(id))?;
        let meta = Meta {
            command: command_id,
            actor: Actor { id: line.actor, moderator: self.moderators.contains(&line.actor) },
            correlation: line.correlation,
            causation: line.causation,
            occurred_at: line.occurred_at,
            not_after: None,
        };
        let late = || {
            self.log.failed("no answer in time");
            // What was begun is not undone: the same line again has the same outcome.
            let message = "the log does not answer in time; send the same line again";
            Err(ErrorReply::new(Code::Unavailable, message).reply(id))
        };
        self.log.in_time(self.carry_out(&command, &line, meta, id)).await.unwrap_or_else(late)
    }

    /// Carries a command out, wherever that is.
    async fn carry_out(
        &self,
        command: &SocialCommand,
        line: &Line<'_>,
        meta: Meta,
        id: Id<'_>,
    ) -> Result<Reply, Reply> {
        match (&self.owners, line.passed) {
            (None, None) => self.here(command, meta, id).await,
            (Some(owners), Some(passed)) => {
                let meta = Meta { not_after: Some(owners.end_of(passed)), ..meta };
                self.here(command, meta, id).await
            }
            (Some(owners), None) => self.at_the_owner(owners, command, line, meta, id).await,
            (None, Some(_)) => {
                let message = "lines are passed on between hosts that share a log; this host does not";
                Err(ErrorReply::new(Code::Invalid, message).field("passed").reply(id))
            }
        }
    }

    /// Carries a command out in this process.
    async fn here(&self, command: &SocialCommand, meta: Meta, id: Id<'_>) -> Result<Reply, Reply> {
        let outcome = self.execute(command, meta).await.map_err(|error| error.reply(id))?;
        self.help.carried_out(command, meta.actor.id);
        Ok(Reply::ok(id, &done(&outcome, meta.correlation)))
    }

    /// Has a command carried out by the host that owns its partition, or here where that one does not answer.
    async fn at_the_owner(
        &self,
        owners: &Owners,
        command: &SocialCommand,
        line: &Line<'_>,
        meta: Meta,
        id: Id<'_>,
    ) -> Result<Reply, Reply> {
        let stream = command.stream();
        let _gate = owners.gate(&stream).await;
        let Some(owner) = owners.owner(self.engine.store().partition_of(&stream)) else {
            return self.here(command, meta, id).await;
        };
        let Line { actor, data, correlation, causation, occurred_at, .. } = *line;
        let rest = Rest { command: &line.command, actor, data, correlation, causation, occurred_at };
        match owner.pass(meta.command, &rest.json()).await {
            Answer::Reply(reply) => {
                if is_ok(&reply) {
                    self.log.answered();
                    self.help.carried_out(command, meta.actor.id);
                }
                let lost =
                    || ErrorReply::new(Code::Unavailable, "the owner's reply cannot be read").reply(id);
                Reply::renamed(&reply, id).ok_or_else(lost)
            }
            Answer::NotSent => self.here(command, meta, id).await,
            Answer::NoReply => match self.execute(command, meta).await {
                // The owner may have decided otherwise, on facts of a moment before, and be about to append.
                Err(error) if !error.retry => Err(in_doubt(&error).reply(id)),
                outcome => {
                    Ok(Reply::ok(id, &done(&outcome.map_err(|error| error.reply(id))?, line.correlation)))
                }
            },
            Answer::Full => {
                let message = "too many commands wait for the host that owns this partition";
                Err(ErrorReply::new(Code::Overloaded, message).reply(id))
            }
        }
    }

    async fn execute(&self, command: &SocialCommand, meta: Meta) -> Result<Outcome, ErrorReply> {
        let outcome = match command {
            SocialCommand::Post(command) => self.execute_on::<post::Post>(command, meta).await,
            SocialCommand::Comment(command) => self.execute_on::<comment::Comment>(command, meta).await,
            SocialCommand::Like(command) => self.execute_on::<like::Like>(command, meta).await,
            SocialCommand::Clip(command) => self.execute_on::<clip::Clip>(command, meta).await,
            SocialCommand::View(command) => self.execute_on::<view::View>(command, meta).await,
            SocialCommand::Follow(command) => self.execute_on::<follow::Follow>(command, meta).await,
        };
        match &outcome {
            Err(error) if error.code == Code::Unavailable && error.retry => self.log.failed(&error.message),
            _ => self.log.answered(),
        }
        outcome
    }

    async fn execute_on<A: Aggregate<Limits = Limits>>(
        &self,
        command: &A::Command,
        meta: Meta,
    ) -> Result<Outcome, ErrorReply> {
        self.engine.execute::<A>(command, meta).await.map_err(refuse)
    }
}

impl Service for CommandService {
    async fn call(&self, request: Request) -> Reply {
        match self.answer(&request).await {
            Ok(reply) | Err(reply) => reply,
        }
    }

    fn help(&self, topic: Option<&str>) -> String {
        self.help.about(topic)
    }
}

/// What is said to a query, which has come to the wrong port.
#[cold]
fn elsewhere(request: &Request) -> Option<Reply> {
    let message = "this port takes commands; queries go to the query host's (7402, unless told otherwise)";
    let error = || ErrorReply::new(Code::Invalid, message).field("query");
    (request.has("query") && !request.has("command")).then(|| error().reply(request.id()))
}

/// The command's id, where the line has one.
fn command_id(id: Id<'_>) -> Result<Option<Uuid>, ErrorReply> {
    if id.is_none() {
        return Ok(None);
    }
    let text = id.json().unwrap_or_default();
    let uuid = serde_json::from_str(text).map_err(|_| {
        let message = format!("a command's id is a UUID in quotes, or left out; this is {text}");
        ErrorReply::new(Code::Invalid, message).field("id")
    })?;
    Ok(Some(uuid))
}

/// What is answered where an owner did not answer, and the command was then refused here.
fn in_doubt(refusal: &ErrorReply) -> ErrorReply {
    let message = format!(
        "the host that owns this partition did not answer, and may have carried this out; here it is refused: {}",
        refusal.message
    );
    ErrorReply::new(Code::Unavailable, message)
}

fn done(outcome: &Outcome, correlation: Option<Uuid>) -> Done<'_> {
    match outcome {
        Outcome::Appended { commit, replayed } => Done {
            stream: commit.stream.as_str(),
            version: commit.last_version(),
            at: Some(commit.position),
            replayed: *replayed,
            unchanged: false,
            correlation,
        },
        Outcome::Unchanged { stream, version, at } => Done {
            stream: stream.as_str(),
            version: *version,
            at: *at,
            replayed: false,
            unchanged: true,
            correlation,
        },
    }
}

fn refuse_data(error: &CommandError) -> ErrorReply {
    match error {
        CommandError::Unknown { .. } => ErrorReply::new(Code::Unknown, error.to_string()),
        CommandError::Invalid { field, .. } => {
            let at = if field.is_empty() { "data".into() } else { format!("data.{field}") };
            ErrorReply::new(Code::Invalid, plain(&error.to_string())).field(at)
        }
    }
}

fn refuse<R: Rejection>(error: ExecuteError<R>) -> ErrorReply {
    let message = error.to_string();
    match error {
        ExecuteError::Rejected(rejection) => {
            let code = match rejection.class() {
                Class::Invalid => Code::Invalid,
                Class::Rejected => Code::Rejected,
                Class::NotFound => Code::NotFound,
                Class::Gone => Code::Gone,
                Class::Forbidden => Code::Forbidden,
            };
            ErrorReply::new(code, message).reason(rejection.code())
        }
        ExecuteError::Conflict { source: AppendError::Conflict { expected, actual, .. }, .. } => {
            ErrorReply::new(Code::Conflict, message).with("expected", expected).with("actual", actual)
        }
        ExecuteError::Conflict { .. } => ErrorReply::new(Code::Conflict, message),
        ExecuteError::CommandReused { .. } => {
            let error = ErrorReply::new(Code::Conflict, message).reason("command_reused");
            ErrorReply { retry: false, ..error }
        }
        ExecuteError::Unfit(_) => ErrorReply::new(Code::TooLarge, message),
        ExecuteError::Unavailable(_) => ErrorReply::new(Code::Unavailable, message),
        ExecuteError::Unreadable { .. } => {
            let error = ErrorReply::new(Code::Unavailable, message).reason("unreadable_history");
            ErrorReply { retry: false, ..error }
        }
    }
}
