//! History on a real Kafka: whole on a topic of its own, and without any effect on the live one.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::sync::Arc;
use std::time::Duration;

use log::{Raw, event};
use tidings_bus::{Bus, KafkaBus, Record, Subscriber, Tail};
use tidings_command_host::relay::Relay;
use tidings_domain::Encoded;
use tidings_eventstore::{Append, EventStore};
use tidings_projection_host::Feed;
use tidings_projections::sqlite::{SqliteReadModel, SqliteReader};
use tidings_projections::{Projector, ReadModel, Reader, Select, Value, social};
use tidings_replay::{PublishOptions, publish};
use tidings_world::{Handle, Seeded};
use uuid::Uuid;

const PARTITIONS: u16 = 4;
const LIMIT: Duration = Duration::from_secs(60);

/// A topic of a name that nobody else has.
fn bus() -> KafkaBus {
    let servers = std::env::var("TIDINGS_TEST_KAFKA")
        .expect("TIDINGS_TEST_KAFKA is not set: run dev/test, or `dev/servers up` and export what it prints");
    KafkaBus::new(&servers, &format!("test-{}", Uuid::now_v7()), PARTITIONS)
}

fn world() -> Handle {
    Arc::new(Seeded::new(11))
}

async fn store(raw: &Raw) -> EventStore {
    EventStore::start(Arc::new(raw.log().await), world(), Default::default())
}

/// The records of each partition that a consumer gets, up to the last.
async fn records(mut subscriber: Box<dyn Subscriber>, counts: &[usize]) -> Vec<Vec<Record>> {
    let mut all = vec![Vec::new(); counts.len()];
    let read = async {
        while all.iter().map(Vec::len).ne(counts.iter().copied()) {
            for record in subscriber.next().await.unwrap() {
                all[usize::from(record.position.partition)].push(record);
            }
        }
    };
    let came = tokio::time::timeout(LIMIT, read).await;
    let found: Vec<_> = all.iter().map(Vec::len).collect();
    assert!(came.is_ok(), "all records come once: {found:?} of {counts:?}");
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_consumer_gets_all_of_history_once_however_often_publishing_was_stopped() {
    let raw = Raw::random(PARTITIONS, 20_000);
    let (store, bus) = (store(&raw).await, bus());
    // Ours begin where the topic ended when they joined.
    let consumer = bus.subscribe("readers").await.unwrap();
    let options = PublishOptions { page: 100, ..PublishOptions::default() };
    let mut stopped = 0;
    for calls in [3, 10, 40] {
        let mut left = calls;
        let (enough, mut is_enough) = tokio::sync::mpsc::unbounded_channel();
        let work = publish(&store, Arc::new(bus.clone()), options.clone(), |_| {
            left -= 1;
            if left == 0 {
                let _ = enough.send(());
            }
        });
        // Dropped in the middle, as by Ctrl-C.
        tokio::select! { biased;
            _ = is_enough.recv() => stopped += 1,
            done = work => panic!("{done:?}"),
        }
        // What was handed over lands before it goes on: only then is the last record the last.
        settled(&bus).await;
    }
    publish(&store, Arc::new(bus.clone()), options.clone(), |_| {}).await.unwrap();
    let expected: Vec<Vec<Record>> = raw
        .partitions
        .iter()
        .map(|commits| commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect())
        .collect();
    let counts: Vec<usize> = expected.iter().map(Vec::len).collect();
    assert_eq!((stopped, records(consumer, &counts).await == expected), (3, true));
    assert_eq!(publish(&store, Arc::new(bus.clone()), options, |_| {}).await.unwrap().events, 0);
}

/// Waits until nothing more lands.
async fn settled(bus: &KafkaBus) {
    let ends = async || {
        let mut ends = Vec::new();
        for partition in 0..PARTITIONS {
            match bus.tail(partition, None).await.unwrap() {
                Tail::Last { place, .. } => ends.push(place),
                _ => ends.push(0),
            }
        }
        ends
    };
    let mut before = ends().await;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = ends().await;
        if now == before {
            return;
        }
        before = now;
    }
}

/// A live system: relay, Kafka, projection.
struct Live {
    store: EventStore,
    bus: KafkaBus,
    folder: tempfile::TempDir,
}

impl Live {
    /// Waits until the read model has seen all of the log.
    async fn catches_up(&self) {
        let model = SqliteReadModel::open(self.folder.path()).unwrap();
        let seen = async {
            for partition in 0..PARTITIONS {
                let head = self.store.head(partition).await.unwrap().number;
                while model.checkpoint(social::NAME).await.unwrap().numbers[usize::from(partition)] < head {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        };
        tokio::time::timeout(LIMIT, seen).await.expect("the read model catches up");
    }

    /// An event in every partition that no projection counts: when it was seen, all before it on the topic was.
    async fn mark(&self, round: usize) {
        let mut marked = [false; PARTITIONS as usize];
        for n in 0.. {
            let stream = format!("lamp-{round}-{n}").parse().unwrap();
            let partition = self.store.partition_of(&stream);
            if std::mem::replace(&mut marked[usize::from(partition)], true) {
                continue;
            }
            let Encoded { name, schema, data } = event("TurnedOn", "{}");
            let id = self.store.world().id();
            let append = Append {
                stream,
                expected: 0,
                events: vec![Encoded { name, schema, data }],
                command: id,
                correlation: id,
                causation: None,
                actor: id,
                occurred_at: None,
            };
            self.store.append(append).await.unwrap();
            if marked.iter().all(|marked| *marked) {
                return;
            }
        }
    }

    async fn rows(&self) -> Vec<Vec<Vec<Value>>> {
        let reader = SqliteReader::open(self.folder.path()).unwrap();
        let mut tables = Vec::new();
        for table in social::group().tables() {
            let columns: Vec<_> = table.key.iter().chain(table.columns).map(|column| column.name).collect();
            let columns = columns.join(", ");
            let sql = format!("SELECT {columns} FROM {} ORDER BY {columns}", table.name);
            let select = Select { sql: sql.leak(), params: Vec::new() };
            tables.push(reader.select(social::NAME, &[], &select).await.unwrap().unwrap().rows);
        }
        tables
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_on_the_live_topic_changes_nothing_and_likes_do_not_double() {
    let raw = Raw::random(PARTITIONS, 3_000);
    let live = Live { store: store(&raw).await, bus: bus(), folder: tempfile::tempdir().unwrap() };
    let relay = Relay::new(live.store.clone(), Arc::new(live.bus.clone()), Default::default());
    let relay = tokio::spawn(relay.run());
    let model: Arc<dyn ReadModel> = Arc::new(SqliteReadModel::open(live.folder.path()).unwrap());
    let projector = Projector::attach(model, social::group(), PARTITIONS).await.unwrap();
    // It looks at the store once, when it begins; all else comes by the bus.
    let options =
        tidings_projection_host::Options { check: Duration::from_secs(3_600), ..Default::default() };
    let feed = Feed::new(live.store.clone(), Arc::new(live.bus.clone()), projector, world(), options);
    let feed = tokio::spawn(feed.run());
    live.catches_up().await;
    live.mark(0).await;
    live.catches_up().await;
    let before = live.rows().await;
    assert!(before.iter().filter(|table| !table.is_empty()).count() >= 4, "the history fills the tables");

    let again = PublishOptions { goes_on: false, ..PublishOptions::default() };
    let published = publish(&live.store, Arc::new(live.bus.clone()), again, |_| {}).await.unwrap();
    assert!(published.events > 3_000);
    live.mark(1).await;
    live.catches_up().await;
    assert!(live.rows().await == before, "rows are as they were");
    relay.abort();
    feed.abort();
}
