//! Whose turn it is to insert.
//!
//! Of the lanes that have something to insert, half are at it and half wait: what comes for those meanwhile makes their
//! next insert larger, and a server takes one insert of many commits sooner than many inserts of few. One alone never
//! waits, and who has waited the longest is next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The turns of the lanes of one store.
pub(crate) struct Turns {
    /// How many lanes insert, or wait for their turn.
    busy: Mutex<usize>,
    /// A permit for half of those, rounded up.
    turns: Semaphore,
}

/// A lane's turn, until it is dropped.
pub(crate) struct Turn<'t> {
    turns: &'t Turns,
    permit: Option<SemaphorePermit<'t>>,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { busy: Mutex::new(0), turns: Semaphore::new(0) }
    }

    /// Waits for a turn.
    pub(crate) async fn take(&self) -> Turn<'_> {
        {
            let mut busy = self.busy();
            *busy += 1;
            if !busy.is_multiple_of(2) {
                self.turns.add_permits(1);
            }
        }
        // It is never closed.
        Turn { turns: self, permit: self.turns.acquire().await.ok() }
    }

    fn busy(&self) -> MutexGuard<'_, usize> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut busy = self.turns.busy();
        *busy -= 1;
        if busy.is_multiple_of(2)
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[test]
    fn half_of_the_busy_lanes_have_their_turn_and_who_waits_the_longest_is_next() {
        let turns = Turns::new();
        let mut context = Context::from_waker(Waker::noop());
        let mut lanes: Vec<_> = (0..5).map(|_| Box::pin(turns.take())).collect();
        let mut held: Vec<Option<Turn<'_>>> = Vec::new();
        for lane in &mut lanes {
            held.push(match lane.as_mut().poll(&mut context) {
                Poll::Ready(turn) => Some(turn),
                Poll::Pending => None,
            });
        }
        // The third to come made room for a second turn, which the second had waited for; the fifth for a third.
        for (lane, held) in lanes.iter_mut().zip(&mut held).filter(|(_, held)| held.is_none()) {
            if let Poll::Ready(turn) = lane.as_mut().poll(&mut context) {
                *held = Some(turn);
            }
        }
        let has = |held: &[Option<Turn<'_>>]| held.iter().map(Option::is_some).collect::<Vec<_>>();
        assert_eq!(has(&held), [true, true, true, false, false]);

        // Four are busy, for whom two turns are enough; then three, of whom two have theirs.
        held[0] = None;
        assert!(lanes[3].as_mut().poll(&mut context).is_pending());
        held[1] = None;
        let fourth = lanes[3].as_mut().poll(&mut context);
        assert!(fourth.is_ready() && lanes[4].as_mut().poll(&mut context).is_pending());
        drop((held, fourth));
        assert!(lanes[4].as_mut().poll(&mut context).is_ready());
        assert!(pin!(turns.take()).poll(&mut context).is_ready(), "one alone never waits");
    }
}
