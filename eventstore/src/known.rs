//! The proof that a stream had a version, and that a commit ended there: that someone here has seen it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use lru::LruCache;
use tidings_domain::StreamId;

/// The highest version seen of each stream used of late. Streams only grow, so what was seen stays true.
pub(crate) struct Known(Mutex<LruCache<StreamId, u64>>);

impl Known {
    pub(crate) fn new(streams: NonZeroUsize) -> Self {
        Self(Mutex::new(LruCache::new(streams)))
    }

    /// A commit of the stream ends at this version.
    pub(crate) fn saw(&self, stream: &StreamId, version: u64) {
        if version == 0 {
            return;
        }
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.get_mut(stream) {
            Some(highest) => *highest = version.max(*highest),
            None => drop(seen.put(stream.clone(), version)),
        }
    }

    /// Whether a commit of the stream may follow this version: it is 0, or the highest at which a commit was seen
    /// to end. A version below that one may lie in the middle of a commit, and no unique key would tell.
    pub(crate) fn ends_at(&self, stream: &StreamId, version: u64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        version == 0 || seen.get(stream).is_some_and(|highest| *highest == version)
    }

    /// Whether the stream has been seen beyond this version.
    pub(crate) fn is_past(&self, stream: &StreamId, version: u64) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(stream).is_some_and(|highest| *highest > version)
    }
}
