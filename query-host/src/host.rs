//! The query host: queries as lines over TCP.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use tidings_eventstore::EventStore;
use tidings_ledger::{Ledger, Progress};
use tidings_projections::Reader;
use tidings_wire::{Drained, Limits};
use tidings_world::Handle;
use tokio::net::TcpListener;

use crate::QueryService;

/// What a query host runs on.
pub struct Host {
    /// The log, once it is open, for what is answered from it; all else is answered without.
    pub store: Arc<OnceLock<EventStore>>,
    /// The read models.
    pub reader: Arc<dyn Reader>,
    /// The ledger, where commands are recorded.
    pub ledger: Option<Arc<dyn Ledger>>,
    /// Where processes keep how far they have come; mostly the ledger too.
    pub progress: Option<Arc<dyn Progress>>,
    /// Where the time comes from.
    pub world: Handle,
    /// What clients are granted.
    pub wire: Limits,
}

/// Serves queries until `shutdown`, then drains: a query that waits for a position is then told so at once.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let Host { store, reader, ledger, progress, world, wire } = host;
    let service = QueryService::new(store, reader, ledger, world).with_progress(progress);
    let stopping = service.stopping();
    let shutdown = async {
        shutdown.await;
        stopping.send_replace(true);
    };
    tidings_wire::run(listener, Arc::new(service), wire, shutdown).await
}
