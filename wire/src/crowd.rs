//! How much a whole server works on at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::Limits;

/// The requests of all connections that are being worked on.
#[derive(Default)]
pub(crate) struct Crowd {
    requests: AtomicUsize,
    bytes: AtomicUsize,
}

/// The place of one request; free again when this is dropped.
pub(crate) struct Place<'a> {
    crowd: &'a Crowd,
    bytes: usize,
}

impl Crowd {
    /// A place for a request whose line has so many bytes; none where the server has enough to do.
    pub(crate) fn enter(&self, bytes: usize, limits: &Limits) -> Option<Place<'_>> {
        let place = Place { crowd: self, bytes };
        let requests = self.requests.fetch_add(1, Ordering::Relaxed);
        let taken = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        // A place that is not given is dropped here, and counted no more.
        (requests < limits.requests && taken < limits.request_bytes).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.crowd.requests.fetch_sub(1, Ordering::Relaxed);
        self.crowd.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
