//! One command of a stream at a time, in the order in which they asked.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use tidings_domain::StreamId;
use tokio::sync::{Mutex, MutexGuard};

/// Fair locks, shared by the streams whose ids fall on the same one.
pub(crate) struct Turns(Vec<Mutex<()>>);

/// So many that two streams at work at the same time hardly ever share one; 40 bytes each.
const LOCKS: usize = 16_384;

impl Turns {
    pub(crate) fn new() -> Self {
        Self((0..LOCKS).map(|_| Mutex::new(())).collect())
    }

    /// Waits for the stream's turn. The place in the queue is taken when this is first polled.
    pub(crate) async fn take(&self, stream: &StreamId) -> MutexGuard<'_, ()> {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(stream);
        let place = usize::try_from(hash % LOCKS as u64).unwrap_or(0);
        self.0[place].lock().await
    }
}
