//! The ledger in memory keeps what a ledger promises.

use std::sync::Arc;

use async_trait::async_trait;
use tidings_ledger::conformance::Adapter;
use tidings_ledger::{Ledger, MemoryLedger};

#[derive(Default)]
struct Memory(MemoryLedger);

#[async_trait]
impl Adapter for Memory {
    async fn open(&self) -> Arc<dyn Ledger> {
        Arc::new(self.0.clone())
    }
}

tidings_ledger::conformance!(Memory::default());

fn twice() -> (MemoryLedger, MemoryLedger, ()) {
    let ledger = MemoryLedger::default();
    (ledger.clone(), ledger, ())
}

tidings_ledger::progress_conformance!(twice());
