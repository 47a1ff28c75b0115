//! Commands are recorded: what was promised is carried out, and a refusal is remembered as a success is.

mod at_work;
mod content;
mod end;
mod flags;
mod later;
mod promise;
mod tidy;
mod wait;
mod work;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tidings_ledger::{Clock, Ledger};
use tidings_wiring::Dependency;
use tidings_world::Handle;
use tokio::sync::{Notify, SetOnce};
use tokio::task::JoinSet;
use uuid::Uuid;

use self::at_work::AtWork;
use self::later::Later;
use crate::hands::Hands;

pub use flags::{LedgerFlags, LedgerTerms};

/// Where commands are recorded, and how.
#[derive(Clone)]
pub struct Recording {
    /// The ledger; shared by all hosts on the log.
    pub ledger: Arc<dyn Ledger>,
    /// Whether the log can have no other writer: then what other hosts are said to be at, nobody is at.
    pub alone: bool,
    /// How.
    pub options: Options,
}

/// How commands are recorded. All hosts of a ledger are best given the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a promised command is one host's without being renewed; 30 s.
    pub lease: Duration,
    /// How long a finished command is remembered; 7 days.
    pub retention: Duration,
    /// The most promised commands that are not done with; 100,000. Beyond them, `overloaded`.
    pub backlog: u64,
    /// The most promised commands that this host is at, at a time; 64.
    pub at_once: u32,
    /// How often this host looks for promised commands that it was not told of; 1 s.
    pub look: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            retention: Duration::from_secs(7 * 24 * 60 * 60),
            backlog: 100_000,
            at_once: 64,
            look: Duration::from_secs(1),
        }
    }
}

/// How long a command whose client waits is one host's. Longer than anybody is made to wait for a reply: a host does
/// not begin to decide after it, so another may have the command.
const WAITED_FOR: Duration = Duration::from_secs(5);

/// Records what this host does.
pub(crate) struct Recorder {
    ledger: Arc<dyn Ledger>,
    /// How it answers.
    answers: Dependency,
    clock: Clock,
    world: Handle,
    /// This process.
    host: Uuid,
    options: Options,
    /// Set when what hosts were at that are gone was taken over from them.
    ready: SetOnce<()>,
    at_work: Arc<AtWork>,
    later: Later,
    /// About how many promised commands are not done with.
    backlog: AtomicU64,
    /// Something was promised here.
    promised: Notify,
}

/// A recorder with its tasks.
pub(crate) struct Records {
    recorder: Arc<Recorder>,
    tasks: JoinSet<()>,
    writing: JoinSet<()>,
}

impl Records {
    /// Starts it, on the running tokio runtime.
    pub(crate) fn start(recording: Recording, world: &Handle, hands: &Arc<Hands>) -> Self {
        let Recording { ledger, alone, options } = recording;
        let (later, told) = Later::new();
        let recorder = Arc::new(Recorder {
            ledger,
            answers: Dependency::of("the ledger", world.clone()),
            clock: Clock::new(world.clone()),
            world: world.clone(),
            host: world.id(),
            options,
            ready: if alone { SetOnce::new() } else { SetOnce::new_with(Some(())) },
            at_work: Arc::default(),
            later,
            backlog: AtomicU64::new(0),
            promised: Notify::new(),
        });
        let (mut tasks, mut writing) = (JoinSet::new(), JoinSet::new());
        writing.spawn(later::write(recorder.clone(), told));
        tasks.spawn(work::run(recorder.clone(), hands.clone()));
        tasks.spawn(tidy::run(recorder.clone()));
        Self { recorder, tasks, writing }
    }

    pub(crate) fn recorder(&self) -> Arc<Recorder> {
        self.recorder.clone()
    }

    /// Stops working, and writes down what the ledger was not yet told.
    pub(crate) async fn settle(mut self) {
        self.tasks.shutdown().await;
        self.recorder.later.end();
        // Not for ever: what is lost is carried out again when it is asked for, and the log says that it was.
        let _ = tokio::time::timeout(WAITED_FOR, self.writing.join_next()).await;
    }
}
