//! From Kafka to PostgreSQL, beside bare consumption of the topic and COPY of the rows that result.

use std::sync::Arc;
use std::time::Duration;

use tidings_eventstore::EventStore;
use tidings_projection_host::{Feed, Options};
use tidings_projections::postgres::{PostgresReadModel, PostgresUrl};
use tidings_projections::{Projector, social};
use tidings_world::{Handle, System};

use super::gate::Gated;
use super::places::Place;
use super::{Run, relay, views};
use crate::Failure;
use crate::report::Figures;

/// The names of the figures.
pub(crate) const PROJECTED: &str = "events projected from Kafka to PostgreSQL";
pub(crate) const CAUGHT_UP: &str = "events by a projection host that catches up";
pub(crate) const CONSUMED: &str = "  records of the topic consumed bare";
pub(crate) const COPIED: &str = "  events, by COPY of the resulting rows";
pub(crate) const MEMORY: &str = "memory of the projection host that caught up";

/// The store is looked at for what the bus left out, and not for all that waits on it.
const CHECK: Duration = Duration::from_secs(3_600);

/// All of it once.
pub(crate) fn round(run: &Run, figures: &mut Figures) -> Result<(), Failure> {
    run.fresh(|place| {
        let client = run.block_on(place.make_views())?;
        let rate = from_kafka(run, place, &client)?;
        figures.value(PROJECTED, rate, "/s");
        let took = relay::consume(place, run.events, |_| ())?.1;
        figures.value(CONSUMED, run.events as f64 / took.as_secs_f64(), "/s");
        let took = run.block_on(views::copy(&client))?;
        figures.value(COPIED, run.events as f64 / took.as_secs_f64(), "/s");
        run.block_on(client.batch_execute("DROP SCHEMA copied, tidings, tidings_1 CASCADE"))?;
        let host = run.programs.projection_host(place)?;
        let rate = run.block_on(views::rate_until(&client, run.events))?;
        figures.value(CAUGHT_UP, rate, "/s");
        figures.value(MEMORY, host.memory_mib(), "MiB");
        Ok(())
    })
}

/// A feed joins the empty topic; the log is filled and relayed; then the feed is given what waits for it.
fn from_kafka(run: &Run, place: &Place<'_>, client: &tokio_postgres::Client) -> Result<f64, Failure> {
    let bus = Arc::new(Gated::new(run.block_on(place.topic(""))?));
    let feed = run.block_on(feed(place, bus.clone()))?;
    let feed = run.runtime.spawn(feed.run());
    run.block_on(async {
        bus.waited_for().await;
        crate::social::fill(Arc::new(place.log().await?), run.events).await
    })?;
    relay::relayed(run, place)?;
    bus.open();
    let rate = run.block_on(views::rate_until(client, run.events));
    feed.abort();
    rate
}

async fn feed(place: &Place<'_>, bus: Arc<Gated>) -> Result<Feed, Failure> {
    let world: Handle = Arc::new(System::new());
    let store = EventStore::start(Arc::new(place.log().await?), world.clone(), Default::default());
    let model = PostgresReadModel::open(place.views().parse::<PostgresUrl>()?);
    let projector = Projector::attach(Arc::new(model), social::group(), store.origin()).await?;
    Ok(Feed::new(store, bus, projector, world, Options { check: CHECK, ..Options::default() }))
}
