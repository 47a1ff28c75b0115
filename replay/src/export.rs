//! The whole log into a file.

use std::path::Path;

use tidings_domain::{Position, Timestamp};
use tidings_eventstore::{Chain, EventStore, Flaw, Head, ReadError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::Progress;
use crate::log_file::{Draft, End, Header, Last, LogFileError, write_commit};
use crate::merge::Merge;
use crate::targets::ends;

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// All commits.
    pub commits: u64,
    /// All their events.
    pub events: u64,
    /// The last commit of each partition, in order: another log is the same where its heads are.
    pub heads: Vec<Head>,
    /// The size of the file, in bytes.
    pub bytes: u64,
}

/// Why a log was not exported. There is no file then, or the one that was there before.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The log is not as it was written.
    #[error("the log is not as it was written: at {position}, {flaw}; nothing was exported")]
    Flawed {
        /// The first commit with which something is wrong.
        position: Position,
        /// What.
        flaw: Flaw,
    },
    /// The file cannot be written.
    #[error(transparent)]
    File(#[from] LogFileError),
    /// A commit has no form as JSON, which none was ever seen to lack.
    #[error("a commit cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// How many bytes are handed to the file at a time.
const CHUNK: usize = 1 << 20;

/// How many commits lie between two words on how far it is.
const TELL: u64 = 500;

/// Writes the whole log to a file, as JSON lines; compressed where its name ends with `.zst` or `.gz`. The chain of
/// every partition is proven on the way. Commits stand in the order of time, those of a partition in theirs.
///
/// A log that grows meanwhile is exported as it was at the start. The file is in its place only when it is whole and
/// durable; until then there is a draft beside it, which is thrown away where the export fails.
///
/// Memory: some thousand commits, whatever the length of the log.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_replay::{Overwrite, export};
/// use tidings_world::{System, World};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = std::env::temp_dir().join(format!("tidings-export-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
/// let exported = export(&store, &folder.join("log.jsonl.zst"), Overwrite::No, System::new().now(), |_| {}).await?;
/// assert_eq!(exported.commits, 0);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the log cannot be read or is not as it was written, or the file cannot be written.
pub async fn export(
    store: &EventStore,
    file: &Path,
    overwrite: Overwrite,
    now: Timestamp,
    mut progress: impl FnMut(Progress),
) -> Result<Exported, ExportError> {
    let draft = Draft::begin(file, overwrite == Overwrite::Yes)?;
    let heads = ends(store).await?;
    let (chunks, written) = write_in_background(draft);
    let mut export = Export { chunks, lines: Vec::with_capacity(CHUNK * 2), events: 0 };
    let done = export.write_all(store, &heads, now, &mut progress).await;
    drop(export.chunks);
    let written = written.await.map_err(|stopped| ReadError::Unavailable(stopped.to_string()))?;
    // Why the file was not written is why nothing could be handed over.
    match (done, written) {
        (Ok(true), Ok(Some(bytes))) => {
            let commits = heads.iter().map(|head| head.number).sum();
            Ok(Exported { commits, events: export.events, heads, bytes })
        }
        (Err(error), _) => Err(error),
        (_, Err(error)) => Err(error.into()),
        (_, Ok(_)) => Err(ReadError::Unavailable("the export was stopped".into()).into()),
    }
}

/// Whether a file that is there already is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// It is kept, and the export refused.
    No,
    /// It is replaced once the new one is whole.
    Yes,
}

/// The size of the file, where it was finished.
type Written = JoinHandle<Result<Option<u64>, LogFileError>>;

/// Compresses and writes on a thread of its own; the last chunk is empty. Nothing but that finishes the file.
fn write_in_background(mut draft: Draft) -> (mpsc::Sender<Vec<u8>>, Written) {
    let (chunks, mut waiting) = mpsc::channel::<Vec<u8>>(4);
    let write = move || {
        while let Some(chunk) = waiting.blocking_recv() {
            if chunk.is_empty() {
                return draft.finish().map(Some);
            }
            draft.write(&chunk)?;
        }
        Ok(None)
    };
    (chunks, tokio::task::spawn_blocking(write))
}

struct Export {
    chunks: mpsc::Sender<Vec<u8>>,
    lines: Vec<u8>,
    events: u64,
}

impl Export {
    /// Hands all lines over; `false` where the file takes no more.
    async fn write_all(
        &mut self,
        store: &EventStore,
        heads: &[Head],
        now: Timestamp,
        progress: &mut impl FnMut(Progress),
    ) -> Result<bool, ExportError> {
        let header = Header::new(now, heads.iter().map(|head| head.number).collect());
        self.line(&header)?;
        let mut merge = Merge::start(store, heads).await?;
        let mut chains = vec![Chain::default(); heads.len()];
        while let Some(commit) = merge.next().await? {
            let Position { partition, number } = commit.position;
            let taken = chains[usize::from(partition)].take(&commit);
            taken.map_err(|flaw| ExportError::Flawed { position: commit.position, flaw })?;
            write_commit(&commit, &mut self.lines)?;
            self.events += commit.events.len() as u64;
            let of = heads[usize::from(partition)].number;
            if number.is_multiple_of(TELL) || number == of {
                progress(Progress { work: "export", partition, done: number, of });
            }
            if self.lines.len() >= CHUNK && !self.hand_over().await {
                return Ok(false);
            }
        }
        let ends: Vec<_> = chains.iter().map(Chain::head).collect();
        self.line(&Last { end: End::new(self.events, ends.iter()) })?;
        let finished = self.hand_over().await && self.chunks.send(Vec::new()).await.is_ok();
        Ok(finished)
    }

    fn line(&mut self, line: &impl serde::Serialize) -> Result<(), serde_json::Error> {
        serde_json::to_writer(&mut self.lines, line)?;
        self.lines.push(b'\n');
        Ok(())
    }

    async fn hand_over(&mut self) -> bool {
        // Others get their turn, such as who listens for Ctrl-C: what is read ahead may never have to be waited for.
        tokio::task::yield_now().await;
        let lines = std::mem::replace(&mut self.lines, Vec::with_capacity(CHUNK * 2));
        self.chunks.send(lines).await.is_ok()
    }
}
