//! What was folded from streams of late: may cost time, never truth.

use std::any::Any;
use std::sync::Arc;

use moka::sync::Cache;
use tidings_domain::StreamId;
use tokio::time::Instant;

/// Folds by stream, the least useful leaving first.
pub(crate) struct Folds(Cache<StreamId, Entry>);

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
        Self(Cache::new(streams))
    }

    pub(crate) fn get<T: Send + Sync + 'static>(&self, stream: &StreamId) -> Option<Folded<T>> {
        let Entry { fold, version, read_at } = self.0.get(stream)?;
        Some(Folded { fold: fold.downcast().ok()?, version, read_at })
    }

    pub(crate) fn put<T: Send + Sync + 'static>(&self, stream: &StreamId, folded: &Folded<T>) {
        let Folded { fold, version, read_at } = folded.clone_handle();
        self.0.insert(stream.clone(), Entry { fold, version, read_at });
    }

    pub(crate) fn forget(&self, stream: &StreamId) {
        self.0.invalidate(stream);
    }
}

impl<T> Folded<T> {
    fn clone_handle(&self) -> Self {
        Self { fold: self.fold.clone(), version: self.version, read_at: self.read_at }
    }
}
