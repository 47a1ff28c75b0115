//! The one handle through which time, ids and chance enter Tidings, so that a whole system can run again
//! from one seed.
//!
//! Timers are tokio's, which a test can pause; everything else that is not deterministic is here.

mod outage;
mod seeded;
mod system;

use std::fmt::Debug;
use std::sync::Arc;

use tidings_domain::Timestamp;
use uuid::{Builder, Uuid};

pub use outage::{Again, Outage};
pub use seeded::Seeded;
pub use system::System;

/// Where the time and all randomness come from.
///
/// ```
/// use tidings_world::{Seeded, World};
/// let (one, other) = (Seeded::new(7), Seeded::new(7));
/// assert_eq!(one.random(), other.random());
/// ```
pub trait World: Debug + Send + Sync {
    /// The time of the wall clock. It may jump, also backwards.
    fn now(&self) -> Timestamp;

    /// 64 random bits.
    fn random(&self) -> u64;

    /// A new id: UUID version 7, whose order is that of the clock to the millisecond.
    fn id(&self) -> Uuid {
        let mut noise = [0; 16];
        noise[..8].copy_from_slice(&self.random().to_le_bytes());
        noise[8..].copy_from_slice(&self.random().to_le_bytes());
        let millis = u64::try_from(self.now().millis()).unwrap_or(0);
        let mut ten = [0; 10];
        ten.copy_from_slice(&noise[..10]);
        Builder::from_unix_timestamp_millis(millis, &ten).into_uuid()
    }
}

/// A shared handle.
pub type Handle = Arc<dyn World>;
