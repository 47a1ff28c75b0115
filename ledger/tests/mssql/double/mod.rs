//! A double of SQL Server for tests where there is none: it speaks TDS over a socket, and answers the statements of
//! `src/mssql/sql`, text for text; any other is an error. It reads them as T-SQL (`sqlparser`), changes the dialect and
//! nothing else (`plan`), and executes them on SQLite, with all constraints of `create.sql`.
//!
//! What it proves: that the adapter, by the real driver over a real connection, sends what our statements expect, reads
//! what they give, and makes of errors and broken connections what it should; and that the statements do what the suite
//! asks for, as far as SQLite means the same by them. What it cannot prove: anything about locks (a transaction, or a statement
//! outside of one, is executed at a time, whatever hints it has), isolation, plans, collations, durability; or that SQL Server takes them.

mod batch;
mod engine;
mod line;
mod plan;
mod tokens;
mod wire;

use std::collections::VecDeque;
use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, yield_now};

use self::batch::{Batch, Options};
use self::engine::Engine;
pub(crate) use self::engine::statements;
pub(crate) use self::line::Tls;
use self::line::{Identity, Line};
pub(crate) use self::plan::parse;
use self::tokens::Answer;
pub(crate) use self::tokens::Refusal;

/// What goes wrong with a statement.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It undoes what it has done, and says so.
    Refused(Refusal),
    /// It does nothing, and the connection breaks.
    CutBefore,
    /// It does all of it, and the connection breaks before its answer.
    CutAfter,
    /// It does nothing, and never answers.
    Hangs,
}

/// What happens to logins.
#[derive(Clone, Debug, Default)]
pub(crate) enum Door {
    #[default]
    Open,
    Refuses(Refusal),
    SendsTo(String, u16),
}

/// The server. Its data are there until it is dropped, also while it is stopped.
pub(crate) struct Double {
    shared: Arc<Shared>,
    address: String,
    serving: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    tls: Option<(Tls, Identity)>,
    engine: Mutex<Engine>,
    faults: Mutex<VecDeque<(String, Fault)>>,
    door: Mutex<Door>,
    connections: Mutex<Vec<JoinHandle<()>>>,
    /// How often each statement came.
    heard: Mutex<Vec<String>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Double {
    pub(crate) async fn start() -> Self {
        Self::start_with(None).await
    }

    /// One that has TLS, and takes no connection without.
    pub(crate) async fn start_with_tls(tls: Tls) -> Self {
        Self::start_with(Some(tls)).await
    }

    async fn start_with(tls: Option<Tls>) -> Self {
        let shared = Shared {
            tls: tls.map(|tls| (tls, Identity::new("127.0.0.1"))),
            engine: Mutex::new(Engine::new()),
            faults: Mutex::default(),
            door: Mutex::default(),
            connections: Mutex::default(),
            heard: Mutex::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let double = Self { shared: Arc::new(shared), address, serving: Mutex::default() };
        double.serve(listener);
        double
    }

    fn serve(&self, listener: TcpListener) {
        let shared = self.shared.clone();
        *lock(&self.serving) = Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let connection = shared.clone();
                let task = tokio::spawn(async move { drop(connection.talk(stream).await) });
                let mut all = lock(&shared.connections);
                all.retain(|task| !task.is_finished());
                all.push(task);
            }
        }));
    }

    /// The URL of its one database, for its one user.
    pub(crate) fn url(&self) -> String {
        format!("mssql://tidings:s3cret@{}/tidings?encrypt=no", self.address)
    }

    /// Its certificate, where it has TLS.
    pub(crate) fn certificate(&self) -> &str {
        self.shared.tls.as_ref().map_or("", |(_, identity)| &identity.pem)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What goes wrong the next time with the statement of this file; several are for several times.
    pub(crate) fn fails(&self, statement: &str, fault: Fault) {
        lock(&self.shared.faults).push_back((statement.into(), fault));
    }

    /// Whether all that was to go wrong has.
    pub(crate) fn has_failed_as_told(&self) -> bool {
        lock(&self.shared.faults).is_empty()
    }

    pub(crate) fn door(&self, door: Door) {
        *lock(&self.shared.door) = door;
    }

    /// How often a statement came, or `login`.
    pub(crate) fn heard(&self, statement: &str) -> usize {
        lock(&self.shared.heard).iter().filter(|heard| *heard == statement).count()
    }

    /// Changes its data behind the adapter's back.
    pub(crate) fn spoil(&self, sql: &str) {
        lock(&self.shared.engine).spoil(sql);
    }

    /// Cuts all connections, and takes no new ones until it goes on.
    pub(crate) async fn stop(&self) {
        let serving = lock(&self.serving).take();
        let connections: Vec<_> = lock(&self.shared.connections).drain(..).collect();
        for task in serving.into_iter().chain(connections) {
            task.abort();
            let _ = task.await;
        }
    }

    /// Goes on where it was, with its data.
    pub(crate) async fn go_on(&self) {
        self.serve(TcpListener::bind(&self.address).await.unwrap());
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        let serving = lock(&self.serving).take();
        serving.into_iter().chain(lock(&self.shared.connections).drain(..)).for_each(|task| task.abort());
    }
}

impl Shared {
    /// One connection, until it ends.
    async fn talk(&self, stream: TcpStream) -> io::Result<()> {
        let (mut line, mut options) = (Line::new(stream), Options::default());
        if let Some((Tls::First, identity)) = &self.tls {
            line.begin_tls(Tls::First, identity).await?;
        }
        loop {
            let (kind, message) = wire::receive(&mut line).await?;
            let answer = match kind {
                wire::GREETING => {
                    wire::send(&mut line, wire::ANSWER, &tokens::greeting(self.tls.is_some())).await?;
                    if let Some((Tls::AfterGreeting, identity)) = &self.tls {
                        line.begin_tls(Tls::AfterGreeting, identity).await?;
                    }
                    continue;
                }
                wire::LOGIN => self.login(&message),
                wire::BATCH | wire::CALL => {
                    let in_procedure = kind == wire::CALL;
                    let call = if in_procedure { wire::call(&message) } else { wire::batch(&message) };
                    match self.answer(&mut options, call).await {
                        Some(answer) => tokens::answer(&answer, in_procedure),
                        None => return Ok(()),
                    }
                }
                other => panic!("a message of kind {other}"),
            };
            wire::send(&mut line, wire::ANSWER, &answer).await?;
        }
    }

    fn login(&self, message: &[u8]) -> Vec<u8> {
        lock(&self.heard).push("login".into());
        let refused = |number, why: &str| tokens::sent_away(Refusal::new(number, 14, why));
        let [user, password, database] = wire::login(message);
        match lock(&self.door).clone() {
            Door::Refuses(refusal) => tokens::sent_away(refusal),
            Door::SendsTo(host, port) => tokens::sent_on(&host, port),
            Door::Open if (user.as_str(), password.as_str()) != ("tidings", "s3cret") => {
                refused(18_456, "Login failed for user 'tidings'.")
            }
            Door::Open if database != "tidings" => {
                refused(4_060, "Cannot open database requested by the login.")
            }
            Door::Open => tokens::welcome(),
        }
    }

    /// None: the connection breaks.
    async fn answer(&self, options: &mut Options, call: wire::Call) -> Option<Answer> {
        let refused = |refusal| Some(Answer { transaction: false, outcome: Err(refusal) });
        let batch = match Batch::new(call) {
            Ok(batch) => batch,
            Err(refusal) => return refused(refusal),
        };
        let fault = self.fault(batch.name());
        lock(&self.heard).push(batch.name().into());
        match fault {
            Some(Fault::CutBefore) => None,
            Some(Fault::Hangs) => pending().await,
            Some(Fault::Refused(refusal)) => {
                Some(Answer { transaction: batch.has_transaction(), outcome: Err(refusal) })
            }
            Some(Fault::CutAfter) => {
                self.execute(options, batch).await.outcome.unwrap();
                None
            }
            None => Some(self.execute(options, batch).await),
        }
    }

    fn fault(&self, statement: &str) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let at = faults.iter().position(|(of, _)| of == statement)?;
        faults.remove(at).map(|(_, fault)| fault)
    }

    /// All of a batch; between its transactions others have their turns.
    async fn execute(&self, options: &mut Options, mut batch: Batch) -> Answer {
        loop {
            let answer = lock(&self.engine).advance(&mut batch, options);
            match answer {
                Some(answer) => return answer,
                None => yield_now().await,
            }
        }
    }
}
