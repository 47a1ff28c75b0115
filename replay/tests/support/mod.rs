//! A system whose history is random, and where its read models are.
#![allow(dead_code)] // each test uses a part

mod broken;
mod busy;

pub use busy::a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use tidings_command_host::{Engine, Meta};
use tidings_domain::{
    Actor, Aggregate, CommentId, Position, PostId, Target, Timestamp, UserId, comment, follow, like, post,
};
use tidings_eventstore::{EventStore, MemoryLog};
use tidings_projections::{Group, Projector, ReadModel, Reader, Select, Value, social};
use tidings_replay::{Kind, Options, Proof, Purpose, Rebuild, Rebuilt, Shadows, Swap, at_positions, at_time};
use tidings_world::{Handle, Seeded};
use uuid::Uuid;

/// Where read models are.
#[async_trait]
pub trait Views: Send + Sync {
    fn model(&self) -> Arc<dyn ReadModel>;
    fn reader(&self) -> Arc<dyn Reader>;
    fn shadows(&self) -> Box<dyn Shadows>;
    async fn generation(&self) -> u64;
    /// A place for a read model that is not in use.
    fn aside(&self) -> Box<dyn Shadows>;
    /// The rows of each table as texts, in order: of the read model in use, or of that place.
    async fn texts(&self, aside: bool) -> Vec<Vec<String>>;
}

pub struct System {
    pub clock: Arc<Seeded>,
    pub world: Handle,
    pub store: EventStore,
    pub engine: Engine<tidings_domain::Limits>,
    pub views: Box<dyn Views>,
}

impl System {
    pub fn new(views: impl Views + 'static) -> Self {
        let clock = Arc::new(Seeded::new(42));
        let world: Handle = clock.clone();
        let store = EventStore::start(Arc::new(MemoryLog::new(4)), world.clone(), Default::default());
        let engine = Engine::new(store.clone(), world.clone(), Default::default(), Default::default());
        Self { clock, world, store, engine, views: Box::new(views) }
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

    pub async fn heads(&self) -> Vec<u64> {
        let mut heads = Vec::new();
        for partition in 0..4 {
            heads.push(self.store.head(partition).await.unwrap().number);
        }
        heads
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

    /// Rebuilds in lots of at least so many bytes, with a few commits a page.
    pub async fn rebuild(&self, memory: usize) -> Rebuilt {
        self.rebuild_of(social::group(), memory, Swap::IfEqual { differences: 3 }).await
    }

    pub async fn rebuild_of(&self, group: Group, memory: usize, swap: Swap) -> Rebuilt {
        let options = Options { memory, workers: 2, page: 7 };
        let rebuild = Rebuild { store: &self.store, world: &self.world, group, options };
        rebuild.run(&mut *self.views.shadows(), swap, |_| {}).await.unwrap()
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
    for memory in [1, 1 << 20, 1 << 30] {
        let Rebuilt { proof, swapped, numbers, .. } = system.rebuild(memory).await;
        let Proof::Compared(comparison) = proof else { panic!("{proof:?}") };
        assert!(comparison.is_equal() && swapped, "{comparison:?}");
        assert_eq!((comparison.rows(), comparison.numbers), (count(&rows), numbers));
        let (rebuilt, again) = system.rows().await;
        assert!(rebuilt > live, "the rebuilt read model is in use");
        assert_eq!(again, rows, "rebuilt with {memory} bytes");
    }
}

fn count(tables: &[Vec<Vec<Value>>]) -> u64 {
    tables.iter().map(|rows| rows.len() as u64).sum()
}

pub async fn live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap(system: System) {
    system.live(300).await;
    system.project_live().await;
    system.rebuild(1 << 30).await;
    system.live(300).await;
    system.project_live().await;
    let (_, rows) = system.rows().await;
    assert!(system.rebuild(1 << 30).await.swapped);
    assert_eq!(system.rows().await.1, rows);
}

pub async fn a_rebuild_of_nothing_makes_the_first_read_model(system: System) {
    system.live(100).await;
    let rebuilt = system.rebuild(1 << 30).await;
    assert!(
        rebuilt.events > 0 && rebuilt.swapped && matches!(rebuilt.proof, Proof::Nothing(_)),
        "{rebuilt:?}"
    );
}

/// Live projection stands behind the log: what it has not seen is no difference, and is there after the swap.
pub async fn a_read_model_that_lags_is_compared_where_it_stands(system: System) {
    system.live(200).await;
    system.project_live().await;
    system.live(200).await;
    let heads = system.heads().await;
    let rebuilt = system.rebuild(1 << 30).await;
    let Proof::Compared(comparison) = &rebuilt.proof else { panic!("{rebuilt:?}") };
    assert!(comparison.is_equal() && comparison.numbers != heads, "{comparison:?}");
    assert_eq!((rebuilt.swapped, rebuilt.numbers), (true, heads));
}

/// A projection that is not the one whose rows are in use: its rows are named, and it is not swapped in unless that
/// is accepted.
pub async fn a_read_model_that_differs_is_not_swapped_in(system: System) {
    system.live(1_500).await;
    system.project_live().await;
    let (live, rows) = system.rows().await;
    let kept = Swap::IfEqual { differences: 3 };
    let refused = system.rebuild_of(broken::group(), 1 << 30, kept).await;
    let Proof::Compared(comparison) = &refused.proof else { panic!("{refused:?}") };
    assert!(!refused.swapped && !comparison.is_equal());
    let profiles = comparison.tables.iter().find(|table| table.table == "profiles").unwrap();
    assert!(profiles.changed > 0 && profiles.only_live == 0 && profiles.only_new == 0, "{profiles:?}");
    assert_eq!(profiles.first.len() as u64, profiles.changed.min(3));
    for difference in &profiles.first {
        let Kind::Changed(columns) = &difference.kind else { panic!("{difference:?}") };
        let [("followers", Value::Int(live), Value::Int(new))] = columns[..] else { panic!("{columns:?}") };
        assert_eq!(new, 2 * live, "both values are told");
        assert_eq!(difference.key[0].0, "user_id");
    }
    let others = comparison.tables.iter().filter(|table| table.table != "profiles");
    others.for_each(|table| assert!(table.is_equal(), "{table:?}"));
    assert_eq!(system.rows().await, (live, rows.clone()), "what is in use is as it was");

    let looked = system.rebuild_of(broken::group(), 1 << 30, Swap::Never { differences: 3 }).await;
    assert_eq!((looked.proof, looked.swapped), (refused.proof, false));
    assert_eq!(system.rows().await, (live, rows.clone()));

    let accepted = system.rebuild_of(broken::group(), 1 << 30, Swap::Always { differences: 0 }).await;
    assert!(accepted.swapped);
    assert_ne!(system.rows().await.1, rows);
    let mended = system.rebuild_of(social::group(), 1 << 30, Swap::Always { differences: 0 }).await;
    assert!(mended.swapped);
    assert_eq!(system.rows().await.1, rows);
}

/// The read model as it stood in the midst of the history, by its positions, by the last of them, and by the time.
pub async fn what_was_is_built_again_aside(system: System) {
    system.live(400).await;
    system.project_live().await;
    let (then, heads) = (system.views.texts(false).await, system.heads().await);
    let mut last = Vec::new();
    for (partition, number) in (0u16..).zip(&heads) {
        last.push(Position::new(partition, *number));
    }
    system.live(400).await;
    system.project_live().await;
    let now = system.views.texts(false).await;
    assert_ne!(then, now);
    assert_eq!(at_positions(&system.store, &last).await.unwrap(), heads);

    let options = Options { memory: 1, workers: 2, page: 7 };
    let (store, world, group) = (&system.store, &system.world, social::group());
    let rebuild = Rebuild { store, world, group, options };
    let built = rebuild.at(&mut *system.views.aside(), &heads, |_| {}).await.unwrap();
    assert_eq!(built.numbers, heads);
    assert_eq!(system.views.texts(true).await, then);
    assert_eq!(system.views.texts(false).await, now, "what is in use is as it was");
}

/// Numbers by time are those of all commits recorded by then, in every partition, whatever the time.
pub async fn a_time_names_what_was_recorded_by_then(system: System) {
    for _ in 0..50 {
        system.live(6).await;
        system.clock.jump(1_000);
    }
    let mut commits: Vec<(u16, u64, Timestamp)> = Vec::new();
    for partition in 0..4 {
        let slice = system.store.read_partition(partition, 0, 10_000).await.unwrap();
        commits.extend(slice.commits.iter().map(|c| (partition, c.position.number, c.recorded_at)));
    }
    let times: BTreeSet<Timestamp> = commits.iter().map(|(_, _, time)| *time).collect();
    assert!(times.len() > 20, "the clock of the test moves");
    for time in times.iter().flat_map(|time| [-1, 0, 1].map(|by| Timestamp::from_millis(time.millis() + by)))
    {
        let expected: Vec<u64> = (0..4)
            .map(|of| commits.iter().filter(|(p, _, at)| *p == of && *at <= time).count() as u64)
            .collect();
        assert_eq!(at_time(&system.store, time).await.unwrap(), expected, "at {time}");
    }
    for wrong in ["0:0", "0:100000", "9:1"] {
        let wrong: Position = wrong.parse().unwrap();
        let refused = at_positions(&system.store, &[wrong]).await.unwrap_err();
        assert_eq!(refused.to_string(), format!("there is no commit {wrong}"));
    }
    let twice = at_positions(&system.store, &[Position::new(1, 1), Position::new(1, 2)]).await.unwrap_err();
    assert_eq!(twice.to_string(), "partition 1 is named twice");
}

pub async fn what_was_in_use_is_kept_until_it_is_dropped(system: System) {
    system.live(100).await;
    system.project_live().await;
    let (_, rows) = system.rows().await;
    system.rebuild(1 << 30).await;
    system.rebuild_of(social::group(), 1 << 30, Swap::Never { differences: 0 }).await;
    assert_eq!(system.views.shadows().drop_old().await, Ok(1), "looking at another drops nothing");
    assert_eq!(system.views.shadows().drop_old().await, Ok(0));
    assert_eq!(system.rows().await.1, rows);
}

pub async fn a_second_rebuild_at_once_is_refused(system: System) {
    let mut first = system.views.shadows();
    first.begin(Purpose::Swap).await.unwrap();
    let mut second = system.views.shadows();
    let refused = second.begin(Purpose::Swap).await.err().unwrap();
    assert!(second.drop_old().await.is_err(), "nor is what it makes dropped");
    assert!(refused.to_string().contains("another rebuild"), "{refused}");
    drop(first);
    let freed = async {
        // A server hears of the end of a connection a little later.
        while second.begin(Purpose::Swap).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, freed).await.expect("the lock dies with its owner");
}
