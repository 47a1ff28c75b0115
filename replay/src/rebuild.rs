//! A read model from the log alone, beside the one in use; proven; swapped in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::{Group, Projector, ProjectorError, ReadModel, ReadModelError};
use tidings_world::Handle;

use crate::build::Builder;
use crate::live::{Live, live, note_another_log};
use crate::targets::heads;
use crate::{Comparison, Options, Progress, Purpose, Shadows, compare};

/// A rebuild: what it works with, and what it does with what it finds.
///
/// ```
/// # tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async {
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_projections::social;
/// use tidings_replay::{Options, Rebuild, SqliteShadows, Swap};
/// use tidings_world::{Handle, System};
///
/// # let folder = tempfile::tempdir()?;
/// let world: Handle = Arc::new(System::new());
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), world.clone(), Default::default());
/// let rebuild = Rebuild { store: &store, world: &world, group: social::group(), options: Options::default() };
/// let mut shadows = SqliteShadows::new(folder.path());
/// let rebuilt = rebuild.run(&mut shadows, Swap::IfEqual { differences: 10 }, |_| {}).await?;
/// assert!(rebuilt.swapped && rebuilt.events == 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Rebuild<'a> {
    /// The log.
    pub store: &'a EventStore,
    /// Where time comes from.
    pub world: &'a Handle,
    /// What is rebuilt.
    pub group: Group,
    /// How much of the machine it may take.
    pub options: Options,
}

/// When the new read model takes the place of the one in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Where it is proven equal to it, or there is none; else at most so many differing rows of each table are told.
    IfEqual {
        /// The most rows of each table.
        differences: usize,
    },
    /// Where it differs in these tables at most, which a mended projection fills; all else is proven equal.
    IfEqualBut {
        /// The names of the tables.
        tables: Vec<&'static str>,
        /// The most rows of each table.
        differences: usize,
    },
    /// Also where it differs, or cannot be compared; what differs is told in the same way.
    Always {
        /// The most rows of each table.
        differences: usize,
    },
    /// Always, and the two are not compared.
    Unproven,
    /// Never: it is only looked at, and then gone.
    Never {
        /// The most rows of each table.
        differences: usize,
    },
}

/// What a rebuild did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebuilt {
    /// The events worked in.
    pub events: u64,
    /// Events that could not be applied, and those behind them.
    pub parked: usize,
    /// Where it stood at the end.
    pub numbers: Vec<u64>,
    /// How it compares with the one in use.
    pub proof: Proof,
    /// Whether it took its place.
    pub swapped: bool,
    /// How long it took.
    pub spent: Spent,
}

/// How long the parts of a rebuild took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Reading the log and storing what it makes, all together.
    pub build: Duration,
    /// Indexes, and making it durable.
    pub settle: Duration,
    /// Comparing it with the one in use.
    pub compare: Duration,
}

/// Does something, and adds how long it took.
async fn timed<T>(spent: &mut Duration, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = work.await;
    *spent += began.elapsed();
    done
}

/// How a new read model compares with the one in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// They were compared at the same positions.
    Compared(Comparison),
    /// There was nothing to compare it with, and nothing to lose: why.
    Nothing(String),
    /// There is one in use that it cannot be compared with: why.
    Impossible(String),
    /// Nobody wanted to know.
    Unproven,
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

/// How often a read model in use that stands behind what it has shown before is looked at again, and how often at
/// most: it has lost its last transactions in a crash, and fills them in again.
const AGAIN: Duration = Duration::from_millis(100);
const TRIES: usize = 600;

/// What came of the rebuild counts: what cannot be removed now the next one removes.
async fn discard(shadows: &mut dyn Shadows) {
    if let Err(error) = shadows.discard().await {
        tracing::warn!(%error, "what was built is not in use, and cannot be removed; the next rebuild will");
    }
}

impl Rebuild<'_> {
    /// Rebuilds the group from the log beside the read model in use, catches up with it, compares the two, and swaps.
    ///
    /// Queries, commands and live projection go on meanwhile. The swap happens when the new read model has seen all that
    /// the old one had, so a reader's time never runs backwards.
    ///
    /// # Errors
    /// When log or read model fail; then nothing is swapped.
    pub async fn run(
        &self,
        shadows: &mut dyn Shadows,
        swap: Swap,
        mut progress: impl FnMut(Progress),
    ) -> Result<Rebuilt, RebuildError> {
        let purpose = if matches!(swap, Swap::Never { .. }) { Purpose::Look } else { Purpose::Swap };
        let shadow = shadows.begin(purpose).await?;
        let done = self.fill_prove_swap(shadows, shadow, &swap, &mut progress).await;
        if !done.as_ref().is_ok_and(|done| done.swapped) {
            discard(shadows).await;
        }
        done
    }

    /// Builds the read model as it stood at some positions, in a place of its own. What stands there afterwards takes no
    /// part in live projection.
    ///
    /// # Errors
    /// When log or read model fail; then nothing is there.
    pub async fn at(
        &self,
        aside: &mut dyn Shadows,
        numbers: &[u64],
        progress: impl FnMut(Progress),
    ) -> Result<Rebuilt, RebuildError> {
        let shadow = aside.begin(Purpose::Look).await?;
        let done = self.fill(aside, shadow, numbers, progress).await;
        if done.is_err() {
            discard(aside).await;
        }
        done
    }

    async fn fill(
        &self,
        aside: &mut dyn Shadows,
        shadow: Arc<dyn ReadModel>,
        numbers: &[u64],
        progress: impl FnMut(Progress),
    ) -> Result<Rebuilt, RebuildError> {
        let Self { store, world, group, options } = self;
        let builder = Builder { store, world, group: group.clone(), options: *options };
        let mut projector = Projector::attach(shadow.clone(), group.clone(), store.origin()).await?;
        let mut spent = Spent::default();
        let events = timed(&mut spent.build, builder.build(&mut projector, numbers, progress)).await?;
        timed(&mut spent.settle, aside.settle()).await?;
        let parked = shadow.parked(group.name).await?.len();
        aside.swap().await?;
        let numbers = projector.checkpoint().numbers.clone();
        Ok(Rebuilt { events, parked, numbers, proof: Proof::Unproven, swapped: true, spent })
    }

    async fn fill_prove_swap(
        &self,
        shadows: &mut dyn Shadows,
        shadow: Arc<dyn ReadModel>,
        swap: &Swap,
        progress: &mut impl FnMut(Progress),
    ) -> Result<Rebuilt, RebuildError> {
        let Self { store, world, group, options } = self;
        let builder = Builder { store, world, group: group.clone(), options: *options };
        let mut projector = Projector::attach(shadow.clone(), group.clone(), store.origin()).await?;
        // No further than the read model in use: the two are compared where both stand.
        let to = match live(shadows, store, group.name).await? {
            Live::At(mut live) if *swap != Swap::Unproven => {
                note_another_log(&mut *live, store, group.name).await?;
                Some(live.checkpoint().numbers.clone())
            }
            _ => None,
        };
        let comparable = to.is_some();
        let to = match to {
            Some(numbers) => numbers,
            None => heads(store).await?,
        };
        let mut spent = Spent::default();
        let building = builder.build(&mut projector, &to, &mut *progress);
        let mut events = timed(&mut spent.build, building).await?;
        timed(&mut spent.settle, shadows.settle()).await?;
        let proving = self.prove(shadows, &builder, &mut projector, swap, comparable, progress);
        let (proof, more) = timed(&mut spent.compare, proving).await?;
        events += more;
        let swaps = match (&proof, swap) {
            (_, Swap::Never { .. }) => false,
            (Proof::Compared(comparison), Swap::IfEqual { .. }) => comparison.is_equal(),
            (Proof::Compared(comparison), Swap::IfEqualBut { tables, .. }) => {
                comparison.is_equal_but_in(tables)
            }
            (Proof::Impossible(_), Swap::IfEqual { .. } | Swap::IfEqualBut { .. }) => false,
            _ => true,
        };
        if swaps {
            let swapping = self.swap_in(shadows, &builder, &mut projector, progress);
            events += timed(&mut spent.build, swapping).await?;
        }
        let parked = shadow.parked(group.name).await?.len();
        let numbers = projector.checkpoint().numbers.clone();
        Ok(Rebuilt { events, parked, numbers, proof, swapped: swaps, spent })
    }

    /// Compares the new read model with the one in use, where both stand; tells how many events that took.
    /// `comparable`: it was, a moment ago.
    async fn prove(
        &self,
        shadows: &mut dyn Shadows,
        builder: &Builder<'_>,
        projector: &mut Projector,
        swap: &Swap,
        comparable: bool,
        progress: &mut impl FnMut(Progress),
    ) -> Result<(Proof, u64), RebuildError> {
        let differences = match swap {
            Swap::IfEqual { differences }
            | Swap::IfEqualBut { differences, .. }
            | Swap::Always { differences }
            | Swap::Never { differences } => *differences,
            Swap::Unproven => return Ok((Proof::Unproven, 0)),
        };
        for _ in 0..TRIES {
            let mut live = match live(shadows, self.store, self.group.name).await? {
                Live::At(live) => live,
                // What has come in between may pass.
                Live::Nothing(why) | Live::Impossible(why) if comparable => {
                    return Err(ReadModelError::Unavailable(why).into());
                }
                Live::Nothing(why) => return Ok((Proof::Nothing(why), 0)),
                Live::Impossible(why) => return Ok((Proof::Impossible(why), 0)),
            };
            let to = live.checkpoint().numbers.clone();
            let behind = projector.checkpoint().numbers.iter().zip(&to).any(|(new, live)| new > live);
            if behind {
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            let events = builder.build(projector, &to, &mut *progress).await?;
            let mut new = shadows.moment(self.group.name).await?;
            return match compare(&mut *live, &mut *new, &self.group, differences, &self.options).await {
                Ok(comparison) => Ok((Proof::Compared(comparison), events)),
                // Damage shows only where it is read.
                Err(ReadModelError::Unfit(cause)) => Ok((Proof::Impossible(cause), events)),
                Err(error) => Err(error.into()),
            };
        }
        let cause = "the read model in use stands behind what it had shown, and does not go on";
        Err(ReadModelError::Unavailable(cause.into()).into())
    }
}
