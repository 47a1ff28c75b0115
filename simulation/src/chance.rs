//! All chance of a run, from one seed, drawn in one order.

use std::sync::Mutex;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use uuid::Uuid;

use crate::hold;

/// The dice.
pub(crate) struct Chance(Mutex<ChaCha8Rng>);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    pub(crate) fn number(&self) -> u64 {
        hold(&self.0).next_u64()
    }

    /// A number from 0, less than `end` (0 where `end` is 0).
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&self, first: u64, last: u64) -> u64 {
        first + self.below(last.saturating_sub(first) + 1)
    }

    /// Whether something of this likelihood, in thousandths, happens now.
    pub(crate) fn happens(&self, permille: u32) -> bool {
        permille > 0 && self.below(1000) < u64::from(permille)
    }

    /// A while from `first` to `last` milliseconds.
    pub(crate) fn while_of(&self, first: u64, last: u64) -> Duration {
        Duration::from_millis(self.between(first, last))
    }

    /// One of some; `None` of none.
    pub(crate) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        of.get(usize::try_from(self.below(of.len() as u64)).unwrap_or(0))
    }

    pub(crate) fn id(&self) -> Uuid {
        Uuid::from_u64_pair(self.number(), self.number())
    }
}
