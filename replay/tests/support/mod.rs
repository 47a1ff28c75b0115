//! A system whose history is random, and where its read models are.
#![allow(dead_code)] // each test uses a part

use std::sync::Arc;

use async_trait::async_trait;
use tidings_command_host::{Engine, Meta};
use tidings_domain::{Actor, Aggregate, CommentId, PostId, Target, UserId, comment, follow, like, post};
use tidings_eventstore::{EventStore, MemoryLog};
use tidings_projections::{Projector, ReadModel, Reader, Select, Value, social};
use tidings_replay::{Options, Shadows, rebuild};
use tidings_world::{Handle, Seeded};
use uuid::Uuid;

/// Where read models are.
#[async_trait]
pub trait Views: Send + Sync {
    fn model(&self) -> Arc<dyn ReadModel>;
    fn reader(&self) -> Arc<dyn Reader>;
    fn shadows(&self) -> Box<dyn Shadows>;
    async fn generation(&self) -> u64;
}

pub struct System {
    pub world: Handle,
    pub store: EventStore,
    pub engine: Engine<tidings_domain::Limits>,
    pub views: Box<dyn Views>,
}

impl System {
    pub fn new(views: impl Views + 'static) -> Self {
        let world: Handle = Arc::new(Seeded::new(42));
        let store = EventStore::start(Arc::new(MemoryLog::new(4)), world.clone(), Default::default());
        let engine = Engine::new(store.clone(), world.clone(), Default::default(), Default::default());
        Self { world, store, engine, views: Box::new(views) }
    }

    fn chance(&self, below: u64) -> u64 {
        self.world.random() % below
    }

    async fn give<A: Aggregate<Limits = tidings_domain::Limits>>(&self, actor: UserId, command: A::Command) {
        let meta = Meta::new(self.world.id(), Actor::moderator(actor));
        // A refusal is part of a history.
        let _ = self.engine.execute::<A>(&command, meta).await;
    }

    /// A history of few users and posts, in which much happens to each.
    pub async fn live(&self, commands: usize) {
        let id = |kind: u64, n: u64| Uuid::from_u64_pair(kind, n);
        for _ in 0..commands {
            let user = UserId(id(1, self.chance(5)));
            let post = PostId(id(2, self.chance(10)));
            let comment = CommentId(id(3, self.chance(20)));
            let target = Target::Post(post);
            let text = format!("text {}", self.chance(3));
            match self.chance(10) {
                0 | 1 => self.give::<post::Post>(user, post::Command::CreatePost { post, text }).await,
                2 => self.give::<post::Post>(user, post::Command::EditPost { post, text }).await,
                3 if self.chance(4) == 0 => {
                    self.give::<post::Post>(user, post::Command::DeletePost { post }).await;
                }
                3 => self.give::<post::Post>(user, post::Command::HidePost { post }).await,
                4 => {
                    let add = comment::Command::AddComment { comment, target, parent: None, text };
                    self.give::<comment::Comment>(user, add).await;
                }
                5 => self.give::<comment::Comment>(user, comment::Command::RemoveComment { comment }).await,
                6 | 7 => self.give::<like::Like>(user, like::Command::Like { user, target }).await,
                8 => self.give::<like::Like>(user, like::Command::Unlike { user, target }).await,
                _ => {
                    let (follower, user) = (user, UserId(id(1, self.chance(5))));
                    self.give::<follow::Follow>(follower, follow::Command::Follow { follower, user }).await;
                }
            }
        }
    }

    /// Works in what is new, commit by commit, partitions by turns: as unlike a rebuild as can be.
    pub async fn project_live(&self) {
        let mut projector = Projector::attach(self.views.model(), social::group(), 4).await.unwrap();
        let mut more = true;
        while more {
            more = false;
            for partition in 0..4u16 {
                let seen = projector.checkpoint().numbers[usize::from(partition)];
                let slice = self.store.read_partition(partition, seen, 1).await.unwrap();
                let events: Vec<_> = slice.commits.iter().flat_map(|c| c.recorded()).map(Arc::new).collect();
                more |= !events.is_empty();
                projector.apply(&events, self.world.now()).await.unwrap();
            }
        }
    }

    pub async fn rebuild(&self, step_events: usize) -> u64 {
        let mut shadows = self.views.shadows();
        let options = Options { page: 7, step_events };
        let rebuilt =
            rebuild(&self.store, &mut *shadows, social::group(), &self.world, options, |_| {}).await.unwrap();
        rebuilt.events
    }

    /// Every row of every table, and the generation they are of.
    pub async fn rows(&self) -> (u64, Vec<Vec<Vec<Value>>>) {
        let reader = self.views.reader();
        let mut tables = Vec::new();
        for table in social::group().tables() {
            let columns = table.key.iter().chain(table.columns).map(|column| column.name);
            let columns = columns.collect::<Vec<_>>().join(", ");
            let sql = format!("SELECT {columns} FROM {} ORDER BY {columns}", table.name);
            let select = Select { sql: sql.leak(), params: Vec::new() };
            tables.push(reader.select(social::NAME, &[], &select).await.unwrap().unwrap().rows);
        }
        (self.views.generation().await, tables)
    }
}

pub async fn a_rebuild_gives_row_for_row_what_live_projection_gave(system: System) {
    system.live(1_500).await;
    system.project_live().await;
    let (live, rows) = system.rows().await;
    assert!(rows.iter().filter(|table| !table.is_empty()).count() >= 5, "the history fills the tables");
    for step_events in [1, 50, 20_000] {
        system.rebuild(step_events).await;
        let (rebuilt, again) = system.rows().await;
        assert!(rebuilt > live, "the rebuilt read model is in use");
        assert_eq!(again, rows, "rebuilt in steps of {step_events}");
    }
}

pub async fn live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap(system: System) {
    system.live(300).await;
    system.project_live().await;
    system.rebuild(20_000).await;
    system.live(300).await;
    system.project_live().await;
    let (_, rows) = system.rows().await;
    system.rebuild(20_000).await;
    assert_eq!(system.rows().await.1, rows);
}

pub async fn a_rebuild_of_nothing_makes_the_first_read_model(system: System) {
    system.live(100).await;
    assert!(system.rebuild(20_000).await > 0);
    assert_eq!(system.rows().await.0, 1);
}

pub async fn a_second_rebuild_at_once_is_refused(system: System) {
    let mut first = system.views.shadows();
    first.begin().await.unwrap();
    let mut second = system.views.shadows();
    let refused = second.begin().await.err().unwrap();
    assert!(refused.to_string().contains("another rebuild"), "{refused}");
    drop(first);
    let freed = async {
        // A server hears of the end of a connection a little later.
        while second.begin().await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, freed).await.expect("the lock dies with its owner");
}
