//! A file of a log back into a log.

mod error;
mod feed;
mod insert;
mod renumber;
mod target;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tidings_eventstore::{Commit, Head, Log, MemoryLog};

pub use self::error::ImportError;
use self::feed::Feed;
use self::renumber::Renumber;
use self::target::Target;
use crate::Progress;
use crate::log_file::LogFile;

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// All commits of the file; all are in the target now.
    pub commits: u64,
    /// All their events.
    pub events: u64,
    /// How many commits were in the target already, from an import that was interrupted.
    pub found: u64,
    /// The last commit of each partition of the target, in order.
    pub heads: Vec<Head>,
    /// Whether positions and hashes are those of the file: the target has as many partitions as the log that was
    /// exported.
    pub same: bool,
}

/// How a file is imported.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// The most commits of one insert, all partitions together.
    pub batch: usize,
    /// How long a target that fails is tried again before the import gives up.
    pub patience: Duration,
}

impl Default for ImportOptions {
    fn default() -> Self {
        Self { batch: 4_000, patience: Duration::from_secs(15) }
    }
}

/// How many partitions the log had that a file was exported from.
///
/// # Errors
/// When it is no such file.
pub async fn partitions_of(file: &Path) -> Result<u16, ImportError> {
    let file = file.to_owned();
    let opened = tokio::task::spawn_blocking(move || LogFile::open(&file));
    let opened = opened.await.map_err(|stopped| ImportError::Stopped(stopped.to_string()))?;
    Ok(opened?.header().partitions)
}

/// Brings a file that [`export`](crate::export()) wrote into a log that is empty, or that holds the beginning of the
/// same import.
///
/// The whole file is proven first, and that what the target holds is its beginning; nothing is written before. Where
/// the target has as many partitions as the log had, ids, times, positions and hashes are as they were, and the heads
/// are compared with the file's at the end. Where it has another number of them, positions and hashes are made anew:
/// each stream keeps its order, and the times of a partition never run backwards.
///
/// Killed at any moment, it goes on where the target ends when it is called again. Nobody else may write to the
/// target meanwhile: that is noticed, and told.
///
/// Memory: some thousand commits, whatever the length of the file.
///
/// ```
/// use tidings_eventstore::MemoryLog;
/// use tidings_replay::{Overwrite, export, import};
/// # use std::sync::Arc;
/// # use tidings_eventstore::EventStore;
/// # use tidings_world::{System, World};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = std::env::temp_dir().join(format!("tidings-import-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
/// # let file = folder.join("log.jsonl.gz");
/// # export(&store, &file, Overwrite::No, System::new().now(), |_| {}).await?;
/// let imported = import(&file, &MemoryLog::new(8), Default::default(), |_| {}).await?;
/// assert!(imported.same);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the file is not whole, the target holds something else, somebody else writes to it, or it fails.
pub async fn import(
    file: &Path,
    log: &dyn Log,
    options: ImportOptions,
    mut progress: impl FnMut(Progress),
) -> Result<Imported, ImportError> {
    let target = Target::open(log, options).await?;
    let wanted = check(file, &target, &mut progress).await?;
    fill(file, target, wanted, progress).await
}

/// A file that was proven for a log that is still to be made.
pub struct ProvenFile {
    file: PathBuf,
    wanted: Imported,
}

/// Proves a file as [`import`] does, for a log of so many partitions that is not there yet: so that none is made for a
/// file that is refused.
///
/// # Errors
/// When the file is not whole.
pub async fn prove(
    file: &Path,
    partitions: u16,
    mut progress: impl FnMut(Progress),
) -> Result<ProvenFile, ImportError> {
    let nothing = MemoryLog::new(partitions);
    let target = Target::open(&nothing, ImportOptions::default()).await?;
    let wanted = check(file, &target, &mut progress).await?;
    Ok(ProvenFile { file: file.into(), wanted })
}

impl ProvenFile {
    /// As [`import`], into a log that was made a moment ago, with as many partitions as the file was proven for.
    ///
    /// # Errors
    /// As there; [`ImportError::Other`] where the log is not empty.
    pub async fn import(
        self,
        log: &dyn Log,
        options: ImportOptions,
        progress: impl FnMut(Progress),
    ) -> Result<Imported, ImportError> {
        let target = Target::open(log, options).await?;
        target.holds_no_more_than(&vec![Head::default(); self.wanted.heads.len()])?;
        fill(&self.file, target, self.wanted, progress).await
    }
}

/// Puts the commits of a file that was proven behind what the target holds of it.
async fn fill(
    file: &Path,
    mut target: Target<'_>,
    wanted: Imported,
    mut progress: impl FnMut(Progress),
) -> Result<Imported, ImportError> {
    let partitions = target.log.shape().partitions;
    let found = target.heads().iter().map(|head| head.number).sum();
    let mut feed = Feed::start(file);
    let mut renumber = Renumber::new(partitions, feed.partitions().await?);
    while let Some(commits) = feed.next().await? {
        for commit in commits {
            target.put(renumber.take(commit)).await?;
            for partition in target.written() {
                let done = target.heads()[usize::from(partition)].number;
                let of = wanted.heads[usize::from(partition)].number;
                progress(Progress { work: "import", partition, done, of });
            }
        }
    }
    target.flush().await?;
    target.compare(&wanted.heads).await?;
    Ok(Imported { found, ..wanted })
}

/// How many commits lie between two words on how far it is.
const TELL: u64 = 500;

/// Proves the whole file, and that what the target holds is its beginning. Tells how it will be.
async fn check(
    file: &Path,
    target: &Target<'_>,
    progress: &mut impl FnMut(Progress),
) -> Result<Imported, ImportError> {
    let mut feed = Feed::start(file);
    let mut renumber = Renumber::new(target.log.shape().partitions, feed.partitions().await?);
    let (mut done, of) = (0, feed.commits().await?);
    let mut events = 0;
    while let Some(commits) = feed.next().await? {
        for commit in commits {
            let commit: Commit = renumber.take(commit);
            target.holds_none_but(&commit)?;
            events += commit.events.len() as u64;
            done += 1;
            if done % TELL == 0 || done == of {
                progress(Progress { work: "check", partition: 0, done, of });
            }
        }
    }
    target.holds_no_more_than(renumber.heads())?;
    let (heads, same) = (renumber.heads().to_vec(), renumber.is_same());
    Ok(Imported { commits: done, events, found: 0, heads, same })
}
