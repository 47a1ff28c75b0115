//! What was folded from streams of late: may cost time, never truth.

use std::any::Any;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;
use tidings_domain::StreamId;
use tokio::time::Instant;

/// Folds by stream, the one not used for the longest time leaving first. What leaves when depends on nothing but
/// the calls, so that a run from a seed can be repeated.
pub(crate) struct Folds(Mutex<LruCache<StreamId, Entry>>);

#[derive(Clone)]
struct Entry {
    fold: Arc<dyn Any + Send + Sync>,
    version: u64,
    read_at: Instant,
}

/// A fold of a stream as it was at a version.
#[derive(Clone, Debug)]
pub(crate) struct Folded<T> {
    pub(crate) fold: Arc<T>,
    pub(crate) version: u64,
    /// When its stream was last read to the end.
    pub(crate) read_at: Instant,
}

impl<T: Default> Folded<T> {
    /// Of a stream without events.
    pub(crate) fn empty() -> Self {
        Self { fold: Arc::default(), version: 0, read_at: Instant::now() }
    }
}

impl Folds {
    pub(crate) fn new(streams: u64) -> Self {
        let most = usize::try_from(streams).ok().and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN);
        Self(Mutex::new(LruCache::new(most)))
    }

    fn entries(&self) -> MutexGuard<'_, LruCache<StreamId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self, stream: &StreamId) -> Option<Folded<T>> {
        let Entry { fold, version, read_at } = self.entries().get(stream).cloned()?;
        Some(Folded { fold: fold.downcast().ok()?, version, read_at })
    }

    pub(crate) fn put<T: Send + Sync + 'static>(&self, stream: &StreamId, folded: &Folded<T>) {
        let entry = Entry { fold: folded.fold.clone(), version: folded.version, read_at: folded.read_at };
        self.entries().put(stream.clone(), entry);
    }

    pub(crate) fn forget(&self, stream: &StreamId) {
        self.entries().pop(stream);
    }
}
