//! What clients ask about commands, and the query host that they ask.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use tidings_domain::Position;
use tidings_eventstore::{EventStore, Options as StoreOptions};
use tidings_ledger::{Ledger, State};
use tidings_projections::{Checkpoint, Moved, ReadModelError, Reader, Rows, Select};
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::Seeded;
use uuid::Uuid;

use crate::faults::{FaultyLedger, FaultyLog};
use crate::life::Life;
use crate::stage::Stage;
use crate::{Kept, hold, oracle};

/// A query host that answers from log and ledger.
pub(crate) struct Enquiries {
    stage: Arc<Stage>,
    service: QueryService,
}

impl Enquiries {
    pub(crate) fn start(stage: &Arc<Stage>) -> Arc<Self> {
        let life = Life::new("q", false);
        let world = Arc::new(Seeded::new(stage.chance.number()));
        let log = Arc::new(FaultyLog::new(stage.clone(), life.clone()));
        let store = EventStore::start(log, world.clone(), StoreOptions::default());
        let ledger = (stage.plan.ledger != Kept::Not)
            .then(|| Arc::new(FaultyLedger::new(stage.clone(), life)) as Arc<dyn Ledger>);
        let service = QueryService::new(Arc::new(OnceLock::from(store)), Arc::new(NoRows), ledger, world);
        Arc::new(Self { stage: stage.clone(), service })
    }

    /// Asks what became of a command; whether that is known for good.
    pub(crate) async fn command_status(&self, name: &str, id: Uuid) -> bool {
        let (moment, begun) = (hold(&self.stage.truth).now(), hold(&self.stage.asked).tick());
        let line = format!(r#"{{"query":"CommandStatus","data":{{"command":"{id}"}}}}"#);
        let reply = self.service.call(Request::new(line)).await;
        self.stage.note(format_args!("{name} ? {:08x} {}", id.as_fields().0, reply.line()));
        oracle::status(&self.stage, id, moment, begun, reply.line())
    }

    /// Asks for the newest commands in some state.
    pub(crate) async fn commands(&self, name: &str) {
        let Some(state) = self.stage.chance.pick(&State::ALL) else { return };
        let line = format!(r#"{{"query":"Commands","data":{{"state":"{state}"}}}}"#);
        let reply = self.service.call(Request::new(line)).await;
        self.stage.note(format_args!("{name} ? {state} {} bytes", reply.size()));
        oracle::commands(&self.stage, *state, reply.line());
    }
}

/// Read models have a host of their own here.
struct NoRows;

#[async_trait]
impl Reader for NoRows {
    async fn select(&self, _: &str, _: &[Position], _: &Select) -> Result<Option<Rows>, ReadModelError> {
        Err(ReadModelError::Unavailable("there are no rows here".into()))
    }

    async fn checkpoint(&self, _: &str) -> Result<Checkpoint, ReadModelError> {
        Err(ReadModelError::Unavailable("there are no rows here".into()))
    }

    fn moved(&self) -> Moved<'_> {
        Box::pin(std::future::pending())
    }
}
