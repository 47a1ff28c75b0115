//! Places of a run's own on the servers that tests share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tidings_bus::KafkaBus;
use tidings_eventstore::{MongoLimits, MongoLog};
use tidings_ledger::SqliteLedger;
use tidings_projections::postgres::PostgresReadModel;
use tidings_simulation::{Adapters, Plan, Views};
use tidings_tests::{FullStack, server};
use tokio::runtime::Handle;

/// How fast a busy machine is does not matter.
const LONG: Duration = Duration::from_secs(60);

/// A database, a topic and a database again that nobody else has; and a ledger in a folder.
pub async fn adapters(plan: &Plan, folder: &Path) -> Adapters {
    let urls = FullStack::fresh().await.urls;
    let limits = MongoLimits { read: LONG, page: LONG, insert: LONG };
    let log = MongoLog::connect(&urls.store.parse().unwrap(), plan.partitions).await.unwrap();
    let (_, topic) = urls.bus.rsplit_once('/').unwrap();
    let bus = KafkaBus::new(&server("TIDINGS_TEST_KAFKA"), topic, plan.partitions);
    bus.check().await.unwrap();
    let model = PostgresReadModel::open(urls.views.parse().unwrap());
    Adapters {
        log: Arc::new(log.with_limits(limits)),
        ledger: Arc::new(SqliteLedger::create_or_open(folder).unwrap()),
        views: Some(Views::new(model, |model, group| async move { model.moment(group).await })),
        bus: Some(Arc::new(bus)),
        runtime: Some(Handle::current()),
    }
}
