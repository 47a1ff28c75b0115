//! An aggregate that is not social, on the same library: a shelf in a warehouse.
//!
//! First the rules, then the read model, both pure; then `main` runs them.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::{error::Error, sync::Arc};

use tidings_command_host::{Engine, ExecuteError, Meta, Outcome};
use tidings_domain::{
    Actor, Aggregate, Command, Context, Event, Recorded, StreamId, UserId, events, rejections,
};
use tidings_eventstore::{EventStore, MemoryLog};
use tidings_projections::{
    Changes, Column, Group, ProjectError, Projection, Projector, Reader, Select, Table, Type,
    sqlite::InMemory,
};
use tidings_world::{System, World};
use uuid::Uuid;

// ---- The rules ----

/// What may be asked of a shelf.
#[derive(Clone, Debug)]
enum Ask {
    Put { shelf: StreamId, items: u32 },
    Take { shelf: StreamId, items: u32 },
}

impl Command for Ask {
    fn name(&self) -> &'static str {
        if matches!(self, Self::Put { .. }) { "Put" } else { "Take" }
    }
    fn stream(&self) -> StreamId {
        let (Self::Put { shelf, .. } | Self::Take { shelf, .. }) = self;
        shelf.clone()
    }
}

events! {
    /// What may have happened to a shelf. Names, versions and fields are what is stored.
    enum Moved {
        ItemsPut(1) { items: u32 },
        ItemsTaken(1) { items: u32 },
    }
}

rejections! {
    /// Why a shelf says no: the family, a code that never changes, and the words.
    enum No {
        TooFew(Rejected, "too_few") { found: u32 } = "it holds only {found}",
    }
}

/// The state of a shelf: how many items it holds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shelf(u32);

impl Aggregate for Shelf {
    const NAME: &'static str = "shelf";
    type Command = Ask;
    type Event = Moved;
    type Rejection = No;
    type Fact = ();
    type Limits = ();

    fn evolve(&mut self, event: &Moved) {
        match event {
            Moved::ItemsPut { items } => self.0 += items,
            Moved::ItemsTaken { items } => self.0 -= items,
        }
    }

    fn decide(&self, ask: &Ask, _: &Context<'_, Self>) -> Result<Vec<Moved>, No> {
        match *ask {
            Ask::Put { items, .. } => Ok(vec![Moved::ItemsPut { items }]),
            Ask::Take { items, .. } if items > self.0 => Err(No::TooFew { found: self.0 }),
            Ask::Take { items, .. } => Ok(vec![Moved::ItemsTaken { items }]),
        }
    }
}

// ---- The read model: what is on all shelves? ----

struct Stock;

impl Projection for Stock {
    fn name(&self) -> &'static str {
        "stock"
    }
    fn tables(&self) -> &'static [Table] {
        &[Table {
            name: "stock",
            about: "How many items each shelf holds.",
            key: &[Column { name: "shelf", ty: Type::Text, about: "the shelf" }],
            columns: &[Column { name: "items", ty: Type::Counter, about: "how many" }],
            indexes: &[],
        }]
    }
    fn project(&self, recorded: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        let more = match Moved::decode(&recorded.event)? {
            Moved::ItemsPut { items } => i64::from(items),
            Moved::ItemsTaken { items } => -i64::from(items),
        };
        changes.row("stock", [recorded.stream.as_str().into()]).add("items", more);
        Ok(())
    }
}

// ---- Running them ----

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let world = Arc::new(System::new());
    // `SqliteLog::create_or_open(folder, 4)?` in the place of the `MemoryLog` would keep it in a file.
    let store = EventStore::start(Arc::new(MemoryLog::new(4)), world.clone(), Default::default());
    let engine = Engine::new(store.clone(), world.clone(), (), Default::default());

    let [a, b]: [StreamId; 2] = ["shelf-a".parse()?, "shelf-b".parse()?];
    let put = |shelf: &StreamId, items| Ask::Put { shelf: shelf.clone(), items };
    let take = |shelf: &StreamId, items| Ask::Take { shelf: shelf.clone(), items };
    println!("Commands, each with its id; the last is the first once more:");
    for (id, ask) in
        [(1, put(&a, 40)), (2, put(&b, 25)), (3, take(&a, 30)), (4, take(&a, 30)), (1, put(&a, 40))]
    {
        let meta = Meta::new(Uuid::from_u128(id), Actor::user(UserId(Uuid::nil())));
        let what_came = match engine.execute::<Shelf>(&ask, meta).await {
            Ok(Outcome::Appended { replayed: false, commit }) => format!("done, commit {}", commit.position),
            Ok(_) => "done before".into(),
            Err(ExecuteError::Rejected(no)) => format!("refused: {no}"),
            Err(failure) => return Err(failure.into()),
        };
        println!("  {id} {ask:?}: {what_came}");
    }

    println!("The read model, made from the log:"); // a host does this all the time
    let views = InMemory::new()?;
    let group = Group { name: "warehouse", projections: vec![Arc::new(Stock)] };
    let mut projector = Projector::attach(Arc::new(views.clone()), group, store.origin()).await?;
    for partition in 0..store.partitions() {
        let commits = store.read_partition(partition, 0, 1_000).await?.commits;
        let events: Vec<_> = commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
        projector.apply(&events, world.now()).await?;
    }
    let select = Select { sql: "SELECT shelf, items FROM stock ORDER BY items DESC", params: vec![] };
    for shelf in views.select("warehouse", &[], &select).await?.unwrap_or_default().rows {
        println!("  {shelf:?}");
    }
    Ok(())
}
