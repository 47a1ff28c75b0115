//! Leases in memory, for tests and simulations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use uuid::Uuid;

use super::{Lease, LeaseError, Leases};

/// Gone with the last handle. Cloned handles share the leases.
#[derive(Clone, Debug, Default)]
pub struct MemoryLeases(Arc<Mutex<BTreeMap<Uuid, Lease>>>);

impl MemoryLeases {
    fn leases(&self) -> MutexGuard<'_, BTreeMap<Uuid, Lease>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Leases for MemoryLeases {
    async fn renew(&self, lease: &Lease) -> Result<(), LeaseError> {
        self.leases().insert(lease.host, lease.clone());
        Ok(())
    }

    async fn end(&self, host: Uuid) -> Result<(), LeaseError> {
        self.leases().remove(&host);
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Lease>, LeaseError> {
        Ok(self.leases().values().cloned().collect())
    }
}
