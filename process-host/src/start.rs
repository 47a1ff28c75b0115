//! The processes of the social domain, and their flags.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tidings_domain::process::{Cleanup, Overdue};
use tidings_eventstore::EventStore;
use tidings_ledger::Progress;
use tidings_projections::Reader;
use tidings_wiring::parse_duration;
use tidings_world::Handle;
use tokio::task::JoinSet;

use crate::{Hands, Knowledge, Options, Runner, SocialProcess};

/// How the social processes work, as the command line has it.
#[derive(Args, Clone, Copy, Debug)]
pub struct ProcessFlags {
    /// How long after its staging a clip that was neither published nor failed is failed.
    #[arg(long, env = "TIDINGS_CLIP_LIMIT", value_name = "TIME", default_value = "1d", value_parser = limit)]
    pub clip_limit: Duration,
}

/// A time, but none so short that a clip fails before anybody can publish it.
fn limit(text: &str) -> Result<Duration, String> {
    let limit = parse_duration(text)?;
    if limit.is_zero() { Err("give 1s at least, or every clip fails at once".into()) } else { Ok(limit) }
}

impl Default for ProcessFlags {
    fn default() -> Self {
        Self { clip_limit: Duration::from_secs(24 * 60 * 60) }
    }
}

impl ProcessFlags {
    /// All social processes.
    pub fn processes(self) -> Vec<Box<SocialProcess>> {
        vec![Box::new(Cleanup), Box::new(Overdue::after(self.clip_limit))]
    }
}

/// What processes run on.
pub struct Host {
    /// The log.
    pub store: EventStore,
    /// A read model of the log.
    pub reader: Arc<dyn Reader>,
    /// Where it is kept how far they have come.
    pub progress: Arc<dyn Progress>,
    /// Who carries their commands out.
    pub hands: Arc<dyn Hands>,
    /// Where time and chance come from.
    pub world: Handle,
    /// How they work.
    pub options: Options,
}

impl Host {
    /// Starts these processes, each by itself; they end when what is returned is dropped.
    pub fn start(self, processes: Vec<Box<SocialProcess>>) -> JoinSet<()> {
        let Self { store, reader, progress, hands, world, options } = self;
        let knowledge = Arc::new(Knowledge::new(store.clone(), reader, world.clone()));
        let runner = |process| {
            let (store, progress, knowledge) = (store.clone(), progress.clone(), knowledge.clone());
            Runner::new(process, store, progress, knowledge, hands.clone(), world.clone(), options)
        };
        processes.into_iter().map(|process| runner(process).run()).collect()
    }
}
