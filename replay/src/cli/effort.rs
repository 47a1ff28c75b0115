//! What is built, and how much of the machine that may take.

use clap::Args;
use tidings_projections::{Group, social};
use tidings_replay::Options;
use tidings_wiring::StartError;

/// How far it stands back, of 19.
#[cfg(unix)]
const NICE: i32 = 10;

/// What is built, and how much of the machine that may take.
#[derive(Args)]
pub(crate) struct Effort {
    /// The group of projections; its tables share their checkpoints, so they are built together.
    #[arg(long, default_value = social::NAME)]
    group: String,
    /// How many partitions are decoded and merged at the same time. Unless told, a processor each with --full-speed, else
    /// half as many.
    #[arg(long)]
    workers: Option<usize>,
    /// Take all that the machine has. Without it, this program stands back where others want the processor, such as hosts
    /// that answer queries.
    #[arg(long)]
    full_speed: bool,
    /// About how much memory it may take, in MiB, whatever the length of the log.
    #[arg(long, default_value_t = 512, value_name = "MIB")]
    memory: usize,
    /// The most commits of one read.
    #[arg(long, default_value_t = Options::default().page)]
    page: usize,
}

impl Effort {
    /// The group of that name.
    pub(super) fn group(&self) -> Result<Group, StartError> {
        let known = social::group();
        match self.group == known.name {
            true => Ok(known),
            false => {
                Err(StartError::new(format!("group `{}` is unknown; known: {}", self.group, known.name)))
            }
        }
    }

    /// Stands back where others want the processor, unless it is told not to.
    pub(super) fn stand_back(&self) {
        if !self.full_speed {
            // Where the system does not let it, it is only less polite.
            #[cfg(unix)]
            let _ = rustix::process::nice(NICE);
        }
    }

    /// How it is built.
    pub(super) fn options(&self) -> Options {
        let default = Options::default();
        let share = if self.full_speed { 1 } else { 2 };
        let workers = self.workers.unwrap_or(default.workers / share).max(1);
        Options { memory: self.memory.saturating_mul(1 << 20), workers, page: self.page.max(1) }
    }
}
