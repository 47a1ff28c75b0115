//! A projection host: a feed from its own store and bus into the read model that all of them share.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidings_domain::Position;
use tidings_eventstore::{EventStore, Options as StoreOptions, ReadError};
use tidings_projection_host::{Feed, Options};
use tidings_projections::{Projector, Retried};
use tidings_world::Seeded;

use crate::faults::{FaultyBus, FaultyLog, FaultyModel};
use crate::life::Life;
use crate::stage::Stage;
use crate::totals;

/// Runs a projection host, and the next whenever it has died.
pub(crate) async fn project(stage: Arc<Stage>, place: usize) {
    for number in 1u32.. {
        let life = Life::new(&format!("p{place}.{number}"), true);
        stage.note(format_args!("{} starts", life.name()));
        life.spawn(feed(stage.clone(), life.clone()));
        life.over().await;
        tokio::time::sleep(stage.chance.while_of(0, 600)).await;
    }
}

async fn feed(stage: Arc<Stage>, life: Life) {
    let world = Arc::new(Seeded::new(stage.chance.number()));
    let log = Arc::new(FaultyLog::new(stage.clone(), life.clone()));
    let store = EventStore::start(log, world.clone(), StoreOptions::default());
    let bus = Arc::new(FaultyBus::new(stage.clone(), life.clone()));
    let model = Arc::new(FaultyModel::new(stage.clone(), life.clone()));
    let options = Options { page: stage.plan.page, ..Options::default() };
    let group = totals::group(stage.mended.load(Ordering::Relaxed));
    loop {
        match Projector::attach(model.clone(), group.clone(), store.origin()).await {
            Ok(projector) => return Feed::new(store, bus, projector, world, options).run().await,
            // As a supervisor would: start it again.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Tries the parked events again, as one does after a release; whether that came to its end.
pub(crate) async fn retry_parked(stage: &Arc<Stage>, life: Life) -> bool {
    let world = Arc::new(Seeded::new(stage.chance.number()));
    let log = Arc::new(FaultyLog::new(stage.clone(), life.clone()));
    let store = EventStore::start(log, world, StoreOptions::default());
    let now = store.world().now();
    let model = Arc::new(FaultyModel::new(stage.clone(), life.clone()));
    let group = totals::group(stage.mended.load(Ordering::Relaxed));
    let Ok(mut projector) = Projector::attach(model, group, store.origin()).await else { return false };
    let fetch = |at: Position| {
        let store = store.clone();
        async move {
            let slice = store.read_partition(at.partition, at.number.saturating_sub(1), 1).await?;
            Ok::<_, ReadError>(
                slice.commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect(),
            )
        }
    };
    let retried = projector.retry_parked(now, fetch).await;
    let said = match &retried {
        Ok(Retried { applied, parked }) => format!("{applied} applied, {parked} stay parked"),
        Err(error) => error.to_string(),
    };
    stage.note(format_args!("{} has tried the parked events again: {said}", life.name()));
    retried.is_ok()
}
