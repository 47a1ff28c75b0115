//! From the log alone to a read model, beside the running one.

use std::sync::Arc;

use tidings_domain::Recorded;
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Group, Projector, ProjectorError, ReadModelError};
use tidings_world::Handle;

use crate::{Progress, Shadows};

/// How a rebuild works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most commits of one read.
    pub page: usize,
    /// The most events of one step: more of them merge more changes of a row into one, and take more memory.
    pub step_events: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { page: 1_000, step_events: 20_000 }
    }
}

/// What a rebuild did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The events worked in.
    pub events: u64,
    /// Events that could not be applied, and those behind them.
    pub parked: usize,
    /// Where it stood when it was swapped in.
    pub numbers: Vec<u64>,
}

/// Why a rebuild failed. The read model in use is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A read model does not work.
    #[error(transparent)]
    ReadModel(#[from] ReadModelError),
    /// Events cannot be worked in.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
}

/// Rebuilds a group from the log beside the read model in use, catches up with the log, and swaps.
///
/// Queries and live projection go on meanwhile. The swap happens when the new read model has seen all that the
/// old one had, so a reader's time never runs backwards.
///
/// # Errors
/// When log or read model fail; then nothing is swapped.
pub async fn rebuild(
    store: &EventStore,
    shadows: &mut dyn Shadows,
    group: Group,
    world: &Handle,
    options: Options,
    mut progress: impl FnMut(Progress),
) -> Result<Rebuilt, RebuildError> {
    let shadow = shadows.begin().await?;
    let name = group.name;
    let mut projector = Projector::attach(shadow.clone(), group, store.partitions()).await?;
    let mut rebuild = Rebuild { store, world, options, of: heads(store).await?, events: 0 };
    let live = match shadows.in_use().await {
        Ok(live) => live,
        // One that is damaged or of another format is what a rebuild is for.
        Err(ReadModelError::Unfit(_)) => None,
        Err(error) => return Err(error.into()),
    };
    rebuild.catch_up(&mut projector, &mut progress).await?;
    shadows.settle().await?;
    loop {
        rebuild.catch_up(&mut projector, &mut progress).await?;
        // Swapped only where the old one is not ahead by then.
        let seen = &projector.checkpoint().numbers;
        let ahead = match &live {
            Some(live) => match live.checkpoint(name).await {
                Ok(checkpoint) => {
                    // One beyond the log's end is of another log, as after a backup was brought back: the log
                    // will not catch up with it.
                    let heads = heads(store).await?;
                    let ahead = checkpoint.numbers.iter().zip(seen).any(|(live, seen)| live > seen);
                    ahead && checkpoint.numbers.iter().zip(&heads).all(|(live, head)| live <= head)
                }
                // One that cannot tell where it stands, such as one of another shape, is no reason to wait.
                Err(ReadModelError::Unfit(_)) => false,
                Err(error) => return Err(error.into()),
            },
            None => false,
        };
        if !ahead {
            break;
        }
    }
    let parked = shadow.parked(name).await?.len();
    let numbers = projector.checkpoint().numbers.clone();
    shadows.swap().await?;
    Ok(Rebuilt { events: rebuild.events, parked, numbers })
}

async fn heads(store: &EventStore) -> Result<Vec<u64>, ReadError> {
    let mut heads = Vec::new();
    for partition in 0..store.partitions() {
        heads.push(store.head(partition).await?.number);
    }
    Ok(heads)
}

struct Rebuild<'a> {
    store: &'a EventStore,
    world: &'a Handle,
    options: Options,
    /// Where the partitions ended when it began.
    of: Vec<u64>,
    events: u64,
}

impl Rebuild<'_> {
    /// Works in what the log holds beyond the checkpoint, partition after partition. The next events are read
    /// while the last are stored.
    async fn catch_up(
        &mut self,
        projector: &mut Projector,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(), RebuildError> {
        let seen = projector.checkpoint().numbers.clone();
        let start_of = |partition: u16| seen.get(usize::from(partition)).map(|seen| (partition, *seen));
        let (store, options) = (self.store, self.options);
        let read = |from: Option<(u16, u64)>| async move {
            match from {
                Some((partition, after)) => Lot::read(store, options, partition, after).await.map(Some),
                None => Ok(None),
            }
        };
        let mut next = read(start_of(0)).await?;
        while let Some(lot) = next {
            let after_it =
                if lot.end { start_of(lot.partition + 1) } else { Some((lot.partition, lot.last)) };
            let (applied, following) =
                tokio::join!(projector.apply(&lot.events, self.world.now()), read(after_it));
            applied?;
            next = following?;
            self.events += lot.events.len() as u64;
            let of = self.of.get(usize::from(lot.partition)).copied().unwrap_or(0);
            progress(Progress {
                work: "build",
                partition: lot.partition,
                done: lot.last,
                of: of.max(lot.last),
            });
        }
        Ok(())
    }
}

/// The events of one step, all of one partition.
struct Lot {
    partition: u16,
    /// Its last commit.
    last: u64,
    /// Whether the partition ended there.
    end: bool,
    events: Vec<Arc<Recorded>>,
}

impl Lot {
    async fn read(
        store: &EventStore,
        options: Options,
        partition: u16,
        after: u64,
    ) -> Result<Self, ReadError> {
        let mut lot = Self { partition, last: after, end: false, events: Vec::new() };
        while !lot.end && lot.events.len() < options.step_events {
            let slice = store.read_partition(partition, lot.last, options.page).await?;
            lot.events.extend(slice.commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new));
            lot.last = slice.commits.last().map_or(lot.last, |last| last.position.number);
            lot.end = slice.end;
        }
        Ok(lot)
    }
}
