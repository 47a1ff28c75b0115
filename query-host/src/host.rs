//! The query host: queries as lines over TCP.

use std::future::Future;
use std::sync::Arc;

use tidings_eventstore::EventStore;
use tidings_projections::Reader;
use tidings_wire::{Drained, Limits};
use tidings_world::Handle;
use tokio::net::TcpListener;

use crate::QueryService;

/// What a query host runs on.
pub struct Host {
    /// The log, for what is answered from it.
    pub store: EventStore,
    /// The read models.
    pub reader: Arc<dyn Reader>,
    /// Where the time comes from.
    pub world: Handle,
    /// What clients are granted.
    pub wire: Limits,
}

/// Serves queries until `shutdown`, then drains.
pub async fn run(listener: TcpListener, host: Host, shutdown: impl Future<Output = ()> + Send) -> Drained {
    let Host { store, reader, world, wire } = host;
    tidings_wire::run(listener, Arc::new(QueryService::new(store, reader, world)), wire, shutdown).await
}
