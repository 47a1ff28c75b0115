//! What is built, and how much of the machine that may take.

use clap::Args;
use tidings_projections::{Group, social};
use tidings_replay::Options;
use tidings_wiring::parse_count;

use super::places::Places;

/// The most commits, or rows, of one read while others want the processors.
const BITE: usize = 100;

/// How far it stands back, of 19.
#[cfg(unix)]
const NICE: i32 = 10;

/// Keeps to half of the processors that it may use, from the last one on: the others are free for who answers queries at
/// any moment, which to be nice is not enough for, since who runs finishes some milliseconds before who wakes up.
#[cfg(target_os = "linux")]
fn keep_to_half() -> rustix::io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let all = sched_getaffinity(None)?;
    let mut half = CpuSet::new();
    let last_first = (0..CpuSet::MAX_CPU).rev().filter(|cpu| all.is_set(*cpu));
    last_first.take((all.count() as usize / 2).max(1)).for_each(|cpu| half.set(cpu));
    sched_setaffinity(None, &half)
}

/// What is built, and how much of the machine that may take.
#[derive(Args)]
pub(crate) struct Effort {
    /// The group of projections; its tables share their checkpoints, so they are built together.
    #[arg(long, default_value = social::NAME, value_parser = [social::NAME])]
    group: String,
    /// How much is done at the same time: partitions proven, or decoded and merged, and rows stored. Unless told, half as much as
    /// there are processors, and with --full-speed as much as there are and one more.
    #[arg(long, value_parser = parse_count::<usize>)]
    workers: Option<usize>,
    /// Take all that the machine has. Without it, this program keeps to half of the processors (on Linux), and stands back
    /// where others want those, such as hosts that answer queries.
    #[arg(long)]
    full_speed: bool,
    /// About how much memory it may take, in MiB, whatever the length of the log.
    #[arg(long, default_value_t = 512, value_name = "MIB", value_parser = parse_count::<usize>)]
    memory: usize,
    /// The most commits, or rows, of one read: 1000 with --full-speed, unless told, and 100 without it, so that servers
    /// have no more to do than a moment at a time.
    #[arg(long, value_parser = parse_count::<usize>)]
    page: Option<usize>,
    /// How many processors it keeps to; none where it may take all.
    #[arg(skip)]
    half: Option<usize>,
}

impl Effort {
    /// The group of that name; there is one.
    pub(super) fn group(&self) -> Group {
        let known = social::group();
        debug_assert_eq!(known.name, self.group);
        known
    }

    /// Stands back where others want the processor, unless it is told not to.
    pub(super) fn stand_back(&mut self, places: &mut Places) {
        if !self.full_speed {
            self.half = Some((Options::default().workers / 2).max(1));
            places.gently();
            // Where the system does not let it, it is only less polite.
            #[cfg(unix)]
            let _ = rustix::process::nice(NICE);
            #[cfg(target_os = "linux")]
            let _ = keep_to_half();
        }
    }

    /// How it is built.
    pub(super) fn options(&self) -> Options {
        let all = Options::default().workers + 1;
        let workers = self.workers.unwrap_or(self.half.unwrap_or(all));
        let page = self.page.unwrap_or(if self.half.is_some() { BITE } else { Options::default().page });
        Options { memory: self.memory.saturating_mul(1 << 20), workers, page }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::thread;

    use rustix::thread::sched_getaffinity;

    use super::*;

    #[test]
    fn the_half_that_it_keeps_to_is_one_processor_at_least() {
        let processors = || sched_getaffinity(None).unwrap().count();
        // A thread of its own: the others of this program go on where they like.
        thread::spawn(move || {
            for _ in 0..8 {
                let before = processors();
                keep_to_half().unwrap();
                assert_eq!(processors(), (before / 2).max(1));
            }
        })
        .join()
        .unwrap();
    }
}
