//! A feed whose read model goes back; on paused time.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::sync::Arc;
use std::time::Duration;

use tidings_bus::{Bus, MemoryBus};
use tidings_domain::{Event, PostId, UserId, post};
use tidings_eventstore::{Append, EventStore, MemoryLog};
use tidings_projection_host::{Feed, Options};
use tidings_projections::{MemoryReadModel, Projector, social};
use tidings_world::{Handle, Seeded};
use tokio::time::{sleep, timeout};

const PARTITIONS: u16 = 3;

struct System {
    world: Handle,
    store: EventStore,
    model: MemoryReadModel,
}

impl System {
    async fn with_feed(bus: Arc<dyn Bus>) -> Self {
        let world: Handle = Arc::new(Seeded::new(1));
        let store =
            EventStore::start(Arc::new(MemoryLog::new(PARTITIONS)), world.clone(), Default::default());
        let model = MemoryReadModel::default();
        let projector =
            Projector::attach(Arc::new(model.clone()), social::group(), PARTITIONS).await.unwrap();
        tokio::spawn(Feed::new(store.clone(), bus, projector, world.clone(), Options::default()).run());
        Self { world, store, model }
    }

    async fn create_posts(&self, count: usize) {
        for _ in 0..count {
            let (post, author) = (PostId(self.world.id()), UserId(self.world.id()));
            let event = post::Event::PostCreated { post, author, text: "hello".into() };
            let append = Append {
                stream: post::stream(post),
                expected: 0,
                events: vec![event.encode()],
                command: post.0,
                correlation: post.0,
                causation: None,
                actor: author.0,
                occurred_at: None,
            };
            self.store.append(append).await.unwrap();
        }
    }

    fn numbers(&self) -> Vec<u64> {
        self.model.snapshot(social::NAME).unwrap().checkpoint.numbers
    }

    async fn reaches_heads(&self) {
        let mut heads = Vec::new();
        for partition in 0..PARTITIONS {
            heads.push(self.store.head(partition).await.unwrap().number);
        }
        let reached = async {
            while self.numbers() != heads {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let reached = timeout(Duration::from_secs(5), reached).await;
        assert!(reached.is_ok(), "the read model stands at {:?}, the log at {heads:?}", self.numbers());
    }
}

/// Found by the simulation (seeds 63, 82, 146): nobody asked the read model where it stood while the log was quiet.
#[tokio::test(start_paused = true)]
async fn a_read_model_that_was_put_back_is_brought_forward_again_though_nothing_new_comes() {
    let system = System::with_feed(Arc::new(MemoryBus::default())).await;
    let empty = system.model.snapshot(social::NAME).unwrap();
    system.create_posts(10).await;
    system.reaches_heads().await;
    let before = system.model.snapshot(social::NAME).unwrap().tables;
    system.model.restore(&social::group(), empty);
    system.reaches_heads().await;
    assert_eq!(system.model.snapshot(social::NAME).unwrap().tables, before);
}
