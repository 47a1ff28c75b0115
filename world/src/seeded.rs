//! A world that is the same again from the same seed.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use tidings_domain::Timestamp;
use tokio::time::Instant;

use crate::World;

/// Time follows tokio's clock (pause it) from 2026-01-01; chance follows the seed.
pub struct Seeded {
    chance: Mutex<ChaCha8Rng>,
    started: Instant,
    first: Timestamp,
    skew_millis: Mutex<i64>,
}

/// 2026-01-01T00:00:00Z.
const FIRST_MILLIS: i64 = 1_767_225_600_000;

impl Seeded {
    /// The world of this seed, its clock starting now.
    pub fn new(seed: u64) -> Self {
        Self {
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            started: Instant::now(),
            first: Timestamp::from_millis(FIRST_MILLIS),
            skew_millis: Mutex::new(0),
        }
    }

    /// Makes the wall clock jump by this much, also backwards.
    pub fn jump(&self, millis: i64) {
        *self.skew_millis.lock().unwrap_or_else(PoisonError::into_inner) += millis;
    }
}

impl fmt::Debug for Seeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seeded")
    }
}

impl World for Seeded {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        let skew = *self.skew_millis.lock().unwrap_or_else(PoisonError::into_inner);
        self.first.plus_millis(passed).plus_millis(skew)
    }

    fn random(&self) -> u64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).next_u64()
    }
}
