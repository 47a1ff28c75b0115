//! Whose turn it is to insert.
//!
//! Of the lanes that have something to insert, half are at it and half wait: what comes for those meanwhile makes their
//! next insert larger, and a server takes one insert of many commits sooner than many inserts of few. One alone never
//! waits, and who has waited the longest is next. Nobody waits for long: a partition that hangs is not to hold up the
//! others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Who has waited for so long inserts without a turn. Longer than most inserts take.
const LONGEST: Duration = Duration::from_millis(50);

/// The turns of the lanes of one store.
pub(crate) struct Turns {
    lanes: Mutex<Lanes>,
    /// A permit for half of those that are busy, rounded up, and for those that are too many.
    turns: Semaphore,
}

#[derive(Default)]
struct Lanes {
    /// Those that insert, or wait for their turn.
    busy: usize,
    /// Permits that are too many, since those who had them were at it when fewer were enough.
    owed: usize,
}

/// A lane that is busy, until it is dropped; with its turn, unless that took too long to come.
pub(crate) struct Turn<'t> {
    turns: &'t Turns,
    permit: Option<SemaphorePermit<'t>>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { lanes: Mutex::default(), turns: Semaphore::new(0) }
    }

    /// Waits for a turn, but not for long.
    pub(crate) async fn take(&self) -> Turn<'_> {
        let mut turn = self.busy();
        if let Ok(permit) = timeout(LONGEST, self.turns.acquire()).await {
            // It is never closed.
            turn.permit = permit.ok();
        }
        turn
    }

    /// One more is busy.
    fn busy(&self) -> Turn<'_> {
        let mut lanes = self.lanes();
        lanes.busy += 1;
        if !lanes.busy.is_multiple_of(2) {
            match lanes.owed.checked_sub(1) {
                Some(owed) => lanes.owed = owed,
                None => self.turns.add_permits(1),
            }
        }
        Turn { turns: self, permit: None }
    }

    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut lanes = self.turns.lanes();
        lanes.busy -= 1;
        lanes.owed += usize::from(lanes.busy.is_multiple_of(2));
        if lanes.owed > 0
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            lanes.owed -= 1;
        }
        lanes.owed -= self.turns.turns.forget_permits(lanes.owed);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn ready<T>(waiting: std::pin::Pin<&mut impl Future<Output = T>>) -> Option<T> {
        match waiting.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(turn) => Some(turn),
            Poll::Pending => None,
        }
    }

    /// Who is busy, what is owed, what nobody has.
    fn left(turns: &Turns) -> (usize, usize, usize) {
        let lanes = turns.lanes();
        (lanes.busy, lanes.owed, turns.turns.available_permits())
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_the_busy_lanes_have_their_turn_and_who_waits_the_longest_is_next() {
        let turns = Turns::new();
        let mut lanes: Vec<_> = (0..5).map(|_| Box::pin(turns.take())).collect();
        let mut held: Vec<_> = lanes.iter_mut().map(|lane| ready(lane.as_mut())).collect();
        // The third to come made room for the second, and the fifth for the third.
        for place in [1, 2] {
            assert!(held[place].is_none());
            held[place] = ready(lanes[place].as_mut());
        }
        assert_eq!(held.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, true, false, false]);

        // Four are busy, for whom two turns are enough; then three, of whom two have theirs.
        held[0] = None;
        assert!(ready(lanes[3].as_mut()).is_none());
        held[1] = None;
        let fourth = ready(lanes[3].as_mut());
        assert!(fourth.is_some() && ready(lanes[4].as_mut()).is_none());
        drop((held, fourth));
        assert!(ready(lanes[4].as_mut()).is_some());
        assert!(ready(pin!(turns.take())).is_some(), "one alone never waits");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_waited_too_long_goes_without_and_leaves_as_many_turns_as_there_were() {
        let turns = Turns::new();
        for _ in 0..3 {
            let hangs = turns.take().await;
            let (began, without) = (tokio::time::Instant::now(), turns.take().await);
            assert!(hangs.permit.is_some() && without.permit.is_none());
            assert!(began.elapsed() >= LONGEST);
            drop(without);
            // Who gives up waiting is busy no more.
            assert!(ready(pin!(turns.take())).is_none());
            drop(hangs);
            assert_eq!(left(&turns), (0, 0, 0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn turns_that_are_too_many_are_given_back_by_who_has_them() {
        let turns = Turns::new();
        let first = turns.take().await;
        let without = turns.take().await;
        let third = turns.take().await;
        assert!(third.permit.is_some());
        drop(without);
        assert_eq!(left(&turns), (2, 1, 0), "both are at it, and one is enough");
        drop(first);
        assert_eq!(left(&turns), (1, 0, 0));
        drop(third);
        assert_eq!(left(&turns), (0, 0, 0));
    }
}
