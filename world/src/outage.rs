//! What is away, and will come back: how long to wait before each try, and when to say so.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::World;

/// How often a person is told of what goes on failing.
const SAY: Duration = Duration::from_secs(60);

/// How often the wait is doubled.
const DOUBLED: u32 = 4;

/// Keeps count of what fails, part by part, so that tries grow rarer and words few.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use tidings_world::{Outage, Seeded};
/// let (world, mut outage) = (Seeded::new(1), Outage::new(std::time::Duration::from_millis(100)));
/// assert!(outage.failed(0, &world).say);
/// assert!(!outage.failed(0, &world).say);
/// assert!(outage.over(0), "its end is told, as its beginning was");
/// # });
/// ```
#[derive(Debug)]
pub struct Outage {
    first: Duration,
    /// How often in a row each part that fails has failed.
    failing: BTreeMap<u16, u32>,
    said: Option<Instant>,
    /// That it fails was said, and that it works again was not.
    open: bool,
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// How long to wait before the next try.
    pub after: Duration,
    /// Whether to say so: the first time, and then once a minute.
    pub say: bool,
}

impl Outage {
    /// Nothing has failed. The wait after a first failure is at most `first`; it grows to sixteen times that.
    pub fn new(first: Duration) -> Self {
        Self { first, failing: BTreeMap::new(), said: None, open: false }
    }

    /// A part has failed, perhaps again.
    pub fn failed(&mut self, part: u16, world: &dyn World) -> Again {
        let times = self.failing.entry(part).or_default();
        // Whole milliseconds, as timers count: what is between would fall now here, now there, and no seed would
        // repeat it.
        let most = (self.first.as_millis() as u64).max(1) << (*times).min(DOUBLED);
        *times = times.saturating_add(1);
        let wait = most / 2 + world.random() % (most - most / 2) + 1;
        let say = self.said.is_none_or(|said| said.elapsed() >= SAY);
        if say {
            (self.said, self.open) = (Some(Instant::now()), true);
        }
        Again { after: Duration::from_millis(wait), say }
    }

    /// A part works. Whether to say that all do again.
    pub fn over(&mut self, part: u16) -> bool {
        self.failing.remove(&part);
        self.failing.is_empty() && std::mem::take(&mut self.open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seeded;

    #[tokio::test(start_paused = true)]
    async fn a_long_outage_is_told_at_its_beginning_once_a_minute_and_at_its_end() {
        let (world, mut outage) = (Seeded::new(1), Outage::new(Duration::from_millis(100)));
        let (started, mut said, mut tries) = (Instant::now(), 0, 0);
        while started.elapsed() < Duration::from_secs(600) {
            for part in 0..8 {
                let again = outage.failed(part, &world);
                said += u32::from(again.say);
                tries += 1;
                tokio::time::sleep(again.after / 8).await;
            }
        }
        assert!((10..=11).contains(&said), "{said}");
        assert!(tries < 8 * 800, "the wait grows: {tries}");
        assert_eq!((0..8).map(|part| outage.over(part)).filter(|say| *say).count(), 1);
        assert!(!outage.over(0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_and_works_in_turn_is_not_told_each_time() {
        let (world, mut outage) = (Seeded::new(1), Outage::new(Duration::from_millis(100)));
        let mut said = 0;
        for _ in 0..100 {
            said += u32::from(outage.failed(0, &world).say) + u32::from(outage.over(0));
        }
        assert_eq!(said, 2);
    }

    #[test]
    fn the_wait_is_bounded_and_never_the_same_for_two() {
        let waits = |seed| {
            let (world, mut outage) = (Seeded::new(seed), Outage::new(Duration::from_millis(100)));
            (0..50).map(|_| outage.failed(0, &world).after).collect::<Vec<_>>()
        };
        let (one, other) = (waits(1), waits(2));
        assert!(one.iter().all(|wait| (50..=1_600).contains(&wait.as_millis())), "{one:?}");
        assert_ne!(one, other);
    }
}
