//! Servers that are away, or cannot do what they should, for a while.

use std::sync::atomic::{AtomicBool, Ordering};

/// What is gone for a while.
#[derive(Default)]
pub(crate) struct Outages {
    pub(crate) log: AtomicBool,
    pub(crate) bus: AtomicBool,
    pub(crate) model: AtomicBool,
    pub(crate) ledger: AtomicBool,
    /// The ledger has no room.
    pub(crate) full_ledger: AtomicBool,
    /// The ledger takes longer than the log.
    pub(crate) slow_ledger: AtomicBool,
}

impl Outages {
    /// All is well.
    pub(crate) fn end(&self) {
        let Self { log, bus, model, ledger, full_ledger, slow_ledger } = self;
        for outage in [log, bus, model, ledger, full_ledger, slow_ledger] {
            outage.store(false, Ordering::Relaxed);
        }
    }
}
