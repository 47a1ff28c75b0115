//! What is away, and will come back: how long to wait before each try, and what to say of it.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Display;
use std::time::Duration;

use tokio::time::Instant;

use crate::World;

/// So many beginnings, and other causes, are told within this time; what is more is counted, and told as a number.
const LINES: usize = 3;
const WITHIN: Duration = Duration::from_secs(60);

/// How soon after the last line another cause of the same outage may be told. Its parts fail in many ways at first.
const SETTLES: Duration = Duration::from_secs(5);

/// How many causes of one outage are told.
const CAUSES: usize = 4;

/// How often the wait is doubled.
const DOUBLED: u32 = 4;

/// Keeps count of what fails, part by part, so that tries grow rarer and words few: an outage is told when it begins and
/// when it ends, whatever number of parts it has, and once more where it goes on for another cause. One that comes and goes
/// all the time is told three times a minute, and then how often it was.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// use tidings_world::{Outage, Seeded};
/// let (world, mut outage) = (Seeded::new(1), Outage::new(std::time::Duration::from_millis(100)));
/// assert_eq!(outage.failed(0, "refused", &world).say.as_deref(), Some("refused"));
/// assert_eq!(outage.failed(0, "refused", &world).say, None);
/// assert!(outage.over(0).is_some(), "its end is told, as its beginning was");
/// # });
/// ```
#[derive(Debug)]
pub struct Outage {
    first: Duration,
    /// How often in a row each part that fails has failed.
    failing: BTreeMap<u16, u32>,
    began: Option<Instant>,
    /// The causes of this outage that were told; none where nothing of it was.
    told: Vec<String>,
    /// When the last lines were told.
    lines: VecDeque<Instant>,
    /// How many outages were not told since.
    untold: u32,
}

/// What to do after a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// How long to wait before the next try.
    pub after: Duration,
    /// What to say of it, if it is to be told: the cause, and how often it was away untold.
    pub say: Option<String>,
}

impl Outage {
    /// Nothing has failed. The wait after a first failure is at most `first`; it grows to sixteen times that.
    pub fn new(first: Duration) -> Self {
        let (failing, told, lines) = (BTreeMap::new(), Vec::new(), VecDeque::new());
        Self { first, failing, began: None, told, lines, untold: 0 }
    }

    /// A part has failed, perhaps again.
    pub fn failed(&mut self, part: u16, cause: impl Display, world: &dyn World) -> Again {
        self.began.get_or_insert_with(Instant::now);
        let times = self.failing.entry(part).or_default();
        // Whole milliseconds, as timers count: what is between would fall now here, now there, and no seed would
        // repeat it.
        let most = (self.first.as_millis() as u64).max(1) << (*times).min(DOUBLED);
        *times = times.saturating_add(1);
        let wait = most / 2 + world.random() % (most - most / 2) + 1;
        Again { after: Duration::from_millis(wait), say: self.tell(cause.to_string()) }
    }

    fn tell(&mut self, cause: String) -> Option<String> {
        let settled = self.lines.back().is_none_or(|last| last.elapsed() >= SETTLES);
        let is_news = match &*self.told {
            [] => true,
            told => settled && told.len() < CAUSES && !told.contains(&cause),
        };
        if !is_news || !self.has_room() {
            return None;
        }
        self.lines.push_back(Instant::now());
        self.told.push(cause.clone());
        Some(match std::mem::take(&mut self.untold) {
            0 => cause,
            untold => format!("{cause} (it was away {untold} more times before)"),
        })
    }

    /// Whether one more line may be told.
    fn has_room(&mut self) -> bool {
        while self.lines.front().is_some_and(|line| line.elapsed() >= WITHIN) {
            self.lines.pop_front();
        }
        self.lines.len() < LINES
    }

    /// A part works. What to say where all do again, and it was told that they did not: `after 12 s`. To be called also
    /// where nothing has failed for long, since what was not told in time is then.
    pub fn over(&mut self, part: u16) -> Option<String> {
        self.failing.remove(&part);
        if !self.failing.is_empty() {
            return None;
        }
        let took = self.began.take().map(|began| began.elapsed());
        let told = !std::mem::take(&mut self.told).is_empty();
        match took {
            Some(took) if told => return Some(format!("after {}", length(took))),
            Some(_) => self.untold = self.untold.saturating_add(1),
            None => {}
        }
        if self.untold == 0 || !self.has_room() {
            return None;
        }
        self.lines.push_back(Instant::now());
        Some(format!("after {} more outages", std::mem::take(&mut self.untold)))
    }
}

fn length(took: Duration) -> String {
    match took.as_secs() {
        0..10 => format!("{:.1} s", took.as_secs_f32()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;
    use crate::Seeded;

    fn outage() -> (Seeded, Outage) {
        (Seeded::new(1), Outage::new(Duration::from_millis(100)))
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_outage_of_many_parts_is_told_at_its_beginning_and_at_its_end() {
        let ((world, mut outage), mut said, mut tries) = (outage(), Vec::new(), 0);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(600) {
            for part in 0..8 {
                let again = outage.failed(part, "refused", &world);
                said.extend(again.say);
                tries += 1;
                sleep(again.after / 8).await;
            }
        }
        assert_eq!(said, ["refused"]);
        assert!(tries < 8 * 800, "the wait grows: {tries}");
        let ends: Vec<String> = (0..8).filter_map(|part| outage.over(part)).collect();
        assert_eq!(ends, ["after 10 min"]);
        assert_eq!(outage.over(0), None);
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_two_outages_within_a_minute_is_told() {
        let (world, mut outage) = outage();
        for seconds in [12, 3] {
            assert!(outage.failed(0, "refused", &world).say.is_some());
            advance(Duration::from_secs(seconds)).await;
            assert!(outage.failed(0, "refused", &world).say.is_none());
            assert!(outage.over(0).is_some_and(|after| after.starts_with("after ")));
            assert_eq!(outage.over(0), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_it_waits_for_now_is_told_where_it_goes_on_for_another_cause() {
        let (world, mut outage) = outage();
        let mut say = |cause| outage.failed(0, cause, &world).say;
        assert_eq!(say("refused").as_deref(), Some("refused"));
        assert_eq!(say("broken off"), None, "in many ways at first");
        advance(SETTLES).await;
        assert_eq!(say("wrong password").as_deref(), Some("wrong password"));
        advance(SETTLES).await;
        assert_eq!((say("wrong password"), say("refused")), (None, None), "once");
        for cause in 0..100 {
            advance(WITHIN).await;
            assert_eq!(outage.failed(0, cause, &world).say.is_some(), cause < 2, "not for ever");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_and_goes_is_told_in_few_lines_and_then_counted() {
        let ((world, mut outage), mut said) = (outage(), Vec::new());
        for _ in 0..1_000 {
            said.extend(outage.failed(0, "refused", &world).say);
            said.extend(outage.over(0));
            advance(Duration::from_millis(10)).await;
        }
        assert_eq!(said.len(), 2 * LINES, "{said:?}");
        // It works from now on, and somebody says so now and then.
        advance(WITHIN).await;
        assert_eq!(outage.over(0).as_deref(), Some("after 997 more outages"));
        assert_eq!(outage.over(0), None);
        // One that goes on is told though others were not.
        for _ in 0..10 {
            outage.failed(0, "refused", &world);
            outage.over(0);
        }
        advance(WITHIN).await;
        let told = outage.failed(0, "refused", &world).say;
        assert_eq!(told.as_deref(), Some("refused (it was away 8 more times before)"));
        assert_eq!(outage.over(0).as_deref(), Some("after 0.0 s"));
    }

    #[test]
    fn the_wait_is_bounded_and_never_the_same_for_two() {
        let waits = |seed| {
            let (world, mut outage) = (Seeded::new(seed), Outage::new(Duration::from_millis(100)));
            (0..50).map(|_| outage.failed(0, "refused", &world).after).collect::<Vec<_>>()
        };
        let (one, other) = (waits(1), waits(2));
        assert!(one.iter().all(|wait| (50..=1_600).contains(&wait.as_millis())), "{one:?}");
        assert_ne!(one, other);
    }
}
