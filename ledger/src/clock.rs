//! The ledger's time, as a host keeps it.

use std::sync::{Mutex, PoisonError};

use tidings_domain::Timestamp;
use tidings_world::Handle;
use tokio::time::Instant;

/// A time that never runs back and never stands still: the wall clock's, unless that is behind what this host or the
/// ledger has seen. A wall clock that is set back an hour would otherwise end leases at once, or an hour late.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use tidings_ledger::Clock;
/// use tidings_world::Seeded;
///
/// let world = Arc::new(Seeded::new(1));
/// let clock = Clock::new(world.clone());
/// let before = clock.now();
/// world.jump(-3_600_000);
/// assert!(clock.now() >= before);
/// # });
/// ```
#[derive(Debug)]
pub struct Clock {
    world: Handle,
    /// The latest time known, and when that was so.
    seen: Mutex<(Timestamp, Instant)>,
}

impl Clock {
    /// The time of this world.
    pub fn new(world: Handle) -> Self {
        let seen = Mutex::new((world.now(), Instant::now()));
        Self { world, seen }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.after(self.world.now())
    }

    /// Takes note of the ledger's own time, where that is ahead.
    pub fn saw(&self, time: Timestamp) {
        self.after(time);
    }

    fn after(&self, time: Timestamp) -> Timestamp {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = i64::try_from(seen.1.elapsed().as_millis()).unwrap_or(i64::MAX);
        let going_on = seen.0.plus_millis(passed);
        if time <= going_on {
            return going_on;
        }
        *seen = (time, Instant::now());
        time
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tidings_world::{Seeded, World};
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_an_hour_neither_runs_back_nor_stands_still() {
        let world = Arc::new(Seeded::new(1));
        let clock = Clock::new(world.clone());
        let before = clock.now();
        world.jump(-3_600_000);
        assert_eq!(clock.now(), before);
        advance(Duration::from_secs(30)).await;
        assert_eq!(clock.now(), before.plus_millis(30_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_starts_with_a_clock_that_is_behind_learns_the_ledgers_time_and_goes_on_from_it() {
        let world = Arc::new(Seeded::new(1));
        let clock = Clock::new(world.clone());
        let ahead = world.now().plus_millis(3_600_000);
        clock.saw(ahead);
        advance(Duration::from_secs(30)).await;
        assert_eq!(clock.now(), ahead.plus_millis(30_000));
        clock.saw(ahead);
        assert_eq!(clock.now(), ahead.plus_millis(30_000), "what is behind says nothing");
        world.jump(7_200_000);
        assert_eq!(clock.now(), world.now());
    }
}
