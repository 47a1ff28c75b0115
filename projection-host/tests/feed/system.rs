//! A log, a relay, a feed and a read model in a temporary folder.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tidings_bus::Bus;
use tidings_command_host::relay::{self, Relay};
use tidings_domain::{Event, PostId, UserId, post};
use tidings_eventstore::{Append, EventStore, Log, MemoryLog};
use tidings_projection_host::{Feed, Options};
use tidings_projections::sqlite::SqliteReadModel;
use tidings_projections::{Projector, Reader, Rows, Select, Value, social};
use tidings_world::{Handle, System as RealWorld};
use tokio::task::JoinHandle;

/// How long a read model may take to catch up before a test fails.
const LIMIT: Duration = Duration::from_secs(30);

pub struct System {
    world: Handle,
    store: EventStore,
    bus: Arc<dyn Bus>,
    model: SqliteReadModel,
    reader: Arc<dyn Reader>,
    _folder: TempDir,
}

const AUTHOR: UserId = UserId(uuid::Uuid::from_u128(7));

impl System {
    pub async fn new(bus: Arc<dyn Bus>, options: Options) -> Self {
        let system = Self::with_partitions(3, bus).await;
        system.start_feed(options).await;
        system
    }

    /// Without a feed yet.
    pub async fn with_partitions(partitions: u16, bus: Arc<dyn Bus>) -> Self {
        Self::on(Arc::new(MemoryLog::new(partitions)), bus)
    }

    /// On a log. Without a feed yet.
    pub fn on(log: Arc<dyn Log>, bus: Arc<dyn Bus>) -> Self {
        let world: Handle = Arc::new(RealWorld::new());
        let store = EventStore::start(log, world.clone(), Default::default());
        tokio::spawn(Relay::new(store.clone(), bus.clone(), relay::Options::default()).run());
        let folder = tempfile::tempdir().unwrap();
        let model = SqliteReadModel::open(folder.path()).unwrap();
        let reader = Arc::new(model.reader().unwrap());
        Self { world, store, bus, model, reader, _folder: folder }
    }

    pub async fn start_feed(&self, options: Options) -> JoinHandle<()> {
        tokio::spawn(self.feed(options).await.run())
    }

    pub async fn feed(&self, options: Options) -> Feed {
        let model = Arc::new(self.model.clone());
        let projector = Projector::attach(model, social::group(), self.store.partitions()).await.unwrap();
        let (store, bus, world) = (self.store.clone(), self.bus.clone(), self.world.clone());
        Feed::new(store, bus, projector, world, options)
    }

    /// Appends so many posts, all at once.
    pub async fn create_posts(&self, count: usize) {
        let mut appends = tokio::task::JoinSet::new();
        for _ in 0..count {
            let post = PostId(self.world.id());
            let event = post::Event::PostCreated { post, author: AUTHOR, text: "hello".into() };
            let append = Append {
                stream: post::stream(post),
                expected: 0,
                events: vec![event.encode()],
                command: post.0,
                correlation: post.0,
                causation: None,
                actor: AUTHOR.0,
                occurred_at: None,
            };
            let store = self.store.clone();
            appends.spawn(async move { store.append(append).await.unwrap() });
        }
        appends.join_all().await;
    }

    /// Waits until the read model is where the log is.
    pub async fn reaches_heads(&self) {
        self.reaches(self.heads().await).await;
    }

    pub async fn heads(&self) -> Vec<u64> {
        let mut heads = Vec::new();
        for partition in 0..self.store.partitions() {
            heads.push(self.store.head(partition).await.unwrap().number);
        }
        heads
    }

    pub async fn reaches(&self, heads: Vec<u64>) {
        let reached = async {
            while self.reader.checkpoint(social::NAME).await.unwrap().numbers != heads {
                self.reader.moved().await;
            }
        };
        tokio::time::timeout(LIMIT, reached).await.expect("the read model reaches the log's heads");
    }

    async fn rows(&self, sql: &'static str) -> Rows {
        let select = Select { sql, params: Vec::new() };
        self.reader.select(social::NAME, &[], &select).await.unwrap().unwrap()
    }

    pub async fn posts(&self) -> usize {
        self.rows("SELECT post FROM posts").await.rows.len()
    }

    pub async fn posts_that_say(&self, text: &str) -> usize {
        let rows = self.rows("SELECT text FROM posts").await.rows;
        rows.iter().filter(|row| row[0] == Value::from(text)).count()
    }

    pub async fn posts_of_author(&self) -> i64 {
        match self.rows("SELECT posts FROM profiles").await.rows[0][0] {
            Value::Int(posts) => posts,
            ref other => panic!("a counter is a number, not {other:?}"),
        }
    }
}
