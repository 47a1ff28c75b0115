//! What a client is told of what is away: which part, and nothing of where it is or what it said.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};
use tidings_domain::Position;
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Commit, EventStore, Log, MemoryLog, ReadError};
use tidings_ledger::conformance::{Faults, Faulty};
use tidings_ledger::{Ledger, MemoryLedger};
use tidings_projections::sqlite::InMemory;
use tidings_projections::{Checkpoint, Moved, ReadModelError, Reader, Rows, Select};
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::Seeded;
use uuid::Uuid;

/// What nobody but the host's own log is to hear.
const DETAILS: &str =
    "postgres://ann@db.inside:5432/social: password authentication failed for user \"ann\" (28P01)";

/// A read model that is not to be had.
struct Gone(fn(String) -> ReadModelError);

#[async_trait]
impl Reader for Gone {
    async fn select(&self, _: &str, _: &[Position], _: &Select) -> Result<Option<Rows>, ReadModelError> {
        Err(self.0(DETAILS.into()))
    }

    async fn checkpoint(&self, _: &str) -> Result<Checkpoint, ReadModelError> {
        Err(self.0(DETAILS.into()))
    }

    fn moved(&self) -> Moved<'_> {
        Box::pin(std::future::pending())
    }
}

/// A log that is not to be had.
struct Unread(MemoryLog);

#[async_trait]
impl Layer for Unread {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.0.clone())
    }

    async fn find_command(&self, _: u16, _: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        Err(ReadError::Unavailable(DETAILS.into()))
    }
}

async fn refused(service: &QueryService, query: &str, data: Value) -> Value {
    let line = json!({ "id": 1, "query": query, "data": data }).to_string();
    let reply: Value = serde_json::from_str(service.call(Request::new(line)).await.line()).unwrap();
    assert_eq!(reply["ok"], false, "{reply}");
    reply["error"].clone()
}

fn unavailable(what: &str) -> Value {
    let message = format!("{what} cannot be used now; send the same line again later");
    json!({ "code": "unavailable", "message": message, "retry": true })
}

#[tokio::test]
async fn of_a_read_model_that_is_away_clients_hear_that_it_is_the_read_model_and_no_more() {
    for error in [ReadModelError::Unavailable, ReadModelError::Unfit] {
        let world = Arc::new(Seeded::new(1));
        let service = QueryService::new(Arc::default(), Arc::new(Gone(error)), None, world);
        for (query, data) in
            [("RecentPosts", json!({})), ("CounterAudit", json!({})), ("Checkpoints", json!({}))]
        {
            assert_eq!(refused(&service, query, data).await, unavailable("the read model"), "{query}");
        }
    }
}

#[tokio::test]
async fn of_a_log_or_a_ledger_that_is_away_clients_hear_which_it_is_and_no_more() {
    let world = Arc::new(Seeded::new(1));
    let log = Arc::new(Layered(Unread(MemoryLog::new(1))));
    let store = EventStore::start(log, world.clone(), Default::default());
    let ledger = Arc::new(Faulty::new(Arc::new(MemoryLedger::default()), world.clone()));
    ledger.set(Faults { lost: 1_000, ..Faults::default() });
    let reader = Arc::new(InMemory::new().unwrap());
    let ledger: Arc<dyn Ledger> = ledger;
    let service = QueryService::new(Arc::new(store.into()), reader, Some(ledger), world);
    let command = json!({ "command": Uuid::nil() });
    assert_eq!(refused(&service, "CommandStatus", command).await, unavailable("the log"));
    assert_eq!(refused(&service, "Commands", json!({})).await, unavailable("the ledger"));
}
