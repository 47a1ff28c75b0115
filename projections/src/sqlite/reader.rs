//! The reading side: a few threads with a read-only connection each; the selects that wait share a snapshot.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rusqlite::Connection;
use tidings_domain::Position;
use tokio::sync::{oneshot, watch};

use crate::{Checkpoint, Moved, ReadModelError, Reader, Rows, Select};

use super::queue::Queue;
use super::{Generations, connect, store};

/// Reads a read model in a folder, through connections that cannot write. Cheap to clone.
///
/// The read model need not be there yet: until it is, selects are
/// [`Unavailable`](ReadModelError::Unavailable).
///
/// ```
/// use tidings_projections::{Reader, ReadModel, Select, social, sqlite::SqliteReadModel, sqlite::SqliteReader};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # SqliteReadModel::open(folder.path())?.attach(&social::group(), 8.into()).await?;
/// let reader = SqliteReader::open(folder.path())?;
/// let posts = Select { sql: "SELECT post FROM posts WHERE likes >= $1", params: vec![5i64.into()] };
/// assert!(reader.select("social", &[], &posts).await?.unwrap().rows.is_empty());
///
/// let unseen = "3:42".parse()?;
/// assert_eq!(reader.select("social", &[unseen], &posts).await?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SqliteReader(Arc<Inner>);

struct Inner {
    jobs: Arc<Queue<Job>>,
    moved: Option<watch::Receiver<()>>,
}

enum Job {
    Select { seen: Option<Seen>, select: Select, reply: Reply<Option<Rows>> },
    Checkpoint { group: String, reply: Reply<Checkpoint> },
}

/// What a group must have seen.
struct Seen {
    group: String,
    after: Vec<Position>,
}

type Reply<T> = oneshot::Sender<Result<T, ReadModelError>>;

/// Threads: enough that a long list does not hold up the short selects behind it.
const THREADS: usize = 2;

/// The most selects of one snapshot.
const TOGETHER: usize = 64;

/// How long answers wait for those of the same snapshot. Told together, they wake who waits for them once.
const HOLD: Duration = Duration::from_millis(1);

/// How long a switch of the generation may go unnoticed.
const FOLLOW: Duration = Duration::from_millis(5);

/// How long to wait for a writer in another process, and for one in this, whose wake-up may have come before
/// the wait.
const POLL: Duration = Duration::from_millis(5);
const POLL_WATCHED: Duration = Duration::from_millis(20);

impl SqliteReader {
    /// Reads the generation in use and follows switches.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, ReadModelError> {
        Self::start(Generations::new(folder.as_ref()), None, None)
    }

    /// Reads one generation, in use or not, and stays with it.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn open_generation(folder: impl AsRef<Path>, generation: u64) -> Result<Self, ReadModelError> {
        Self::start(Generations::new(folder.as_ref()), Some(generation), None)
    }

    pub(super) fn start(
        generations: Generations,
        pinned: Option<u64>,
        moved: Option<watch::Receiver<()>>,
    ) -> Result<Self, ReadModelError> {
        // Made first, so that threads already started end where a later one cannot start.
        let inner = Inner { jobs: Arc::new(Queue::new()), moved };
        for _ in 0..THREADS {
            let jobs = inner.jobs.clone();
            let mut thread = Thread { generations: generations.clone(), pinned, open: None, looked: None };
            let work = move || thread.run(&jobs);
            let spawned = thread::Builder::new().name("views-reader".into()).spawn(work);
            spawned.map_err(|e| ReadModelError::Unavailable(e.to_string()))?;
        }
        Ok(Self(Arc::new(inner)))
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, ReadModelError> {
        let (reply, answer) = oneshot::channel();
        self.0.jobs.push(job(reply));
        let stopped = |_| ReadModelError::Unavailable("the readers of the read model have stopped".into());
        answer.await.map_err(stopped)?
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

struct Thread {
    generations: Generations,
    pinned: Option<u64>,
    open: Option<(u64, Connection)>,
    looked: Option<Instant>,
}

impl Thread {
    fn run(&mut self, jobs: &Queue<Job>) {
        let mut waiting = Vec::new();
        while jobs.take(TOGETHER, &mut waiting) {
            match self.follow() {
                Ok(connection) => answer(connection, &mut waiting),
                Err(error) => waiting.drain(..).for_each(|job| job.fail(error.clone())),
            }
        }
    }

    /// The connection to the generation in use.
    fn follow(&mut self) -> Result<&Connection, ReadModelError> {
        let fresh = self.looked.is_some_and(|looked| looked.elapsed() < FOLLOW);
        if self.open.is_none() || (self.pinned.is_none() && !fresh) {
            let current = self.current()?;
            if self.open.as_ref().is_none_or(|(open, _)| *open != current) {
                self.open = None;
                self.open = Some((current, connect::reading(&self.generations.file(current))?));
            }
            self.looked = Some(Instant::now());
        }
        match &self.open {
            Some((_, connection)) => Ok(connection),
            None => Err(ReadModelError::Unavailable("the file is not open".into())),
        }
    }

    fn current(&self) -> Result<u64, ReadModelError> {
        let folder = self.generations.folder().display();
        let failed = |e| ReadModelError::Unavailable(format!("{folder}: {e}"));
        let none = || {
            let cause = format!("there is no read model in {folder} yet; start what writes it");
            ReadModelError::Unavailable(cause)
        };
        match self.pinned {
            Some(pinned) => Ok(pinned),
            None => {
                let current = self.generations.current().map_err(failed)?;
                // Where the pointer is lost, the writer writes it again.
                current.or(self.open.as_ref().map(|(open, _)| *open)).ok_or_else(none)
            }
        }
    }
}

impl Job {
    fn fail(self, error: ReadModelError) {
        match self {
            Self::Select { reply, .. } => drop(reply.send(Err(error))),
            Self::Checkpoint { reply, .. } => drop(reply.send(Err(error))),
        }
    }
}

/// Answers some jobs from one moment.
fn answer(connection: &Connection, jobs: &mut Vec<Job>) {
    let checkpoint_too = |job: &Job| matches!(job, Job::Select { seen: Some(_), .. });
    // One select is a moment by itself; a checkpoint opens its own.
    let mut open = jobs.len() > 1 || jobs.iter().any(checkpoint_too);
    if open {
        open = match begin(connection) {
            Ok(()) => true,
            Err(error) => return jobs.drain(..).for_each(|job| job.fail(error.clone())),
        };
    }
    let mut numbers = BTreeMap::new();
    let mut checkpoints = Vec::new();
    let (began, mut answered) = (Instant::now(), Vec::with_capacity(jobs.len()));
    for job in jobs.drain(..) {
        match job {
            Job::Select { seen, select, reply } => {
                let rows = answer_select(connection, &mut numbers, seen, &select);
                // A list is worth a wake-up of its own, and costs memory while it is held.
                let list = rows.as_ref().is_ok_and(|rows| rows.as_ref().is_some_and(|r| r.rows.len() > 1));
                answered.push((reply, rows));
                if list || began.elapsed() > HOLD {
                    tell(&mut answered);
                }
            }
            Job::Checkpoint { group, reply } => checkpoints.push((group, reply)),
        }
    }
    tell(&mut answered);
    if open {
        let committed = connection.prepare_cached("COMMIT").and_then(|mut commit| commit.raw_execute());
        if committed.is_err() {
            let _ = connection.execute_batch("ROLLBACK");
        }
    }
    for (group, reply) in checkpoints {
        let _ = reply.send(store::checkpoint(connection, &group));
    }
}

/// Sends answers to who asked; they may be gone.
fn tell<T>(answered: &mut Vec<(Reply<T>, Result<T, ReadModelError>)>) {
    for (reply, answer) in answered.drain(..) {
        let _ = reply.send(answer);
    }
}

fn begin(connection: &Connection) -> Result<(), ReadModelError> {
    let begun = connection.prepare_cached("BEGIN").and_then(|mut begin| begin.raw_execute());
    begun.map(drop).map_err(|e| connect::unreadable(&e))
}

fn answer_select(
    connection: &Connection,
    numbers: &mut BTreeMap<String, Vec<u64>>,
    seen: Option<Seen>,
    select: &Select,
) -> Result<Option<Rows>, ReadModelError> {
    if let Some(Seen { group, after }) = seen {
        let seen = match numbers.entry(group) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(unknown) => {
                let read = store::numbers(connection, unknown.key()).map_err(|e| connect::unreadable(&e))?;
                unknown.insert(read)
            }
        };
        if !store::has_seen(seen, &after) {
            return Ok(None);
        }
    }
    store::select(connection, select).map(Some)
}

#[async_trait]
impl Reader for SqliteReader {
    async fn select(
        &self,
        group: &str,
        after: &[Position],
        select: &Select,
    ) -> Result<Option<Rows>, ReadModelError> {
        let seen = (!after.is_empty()).then(|| Seen { group: group.to_owned(), after: after.to_vec() });
        let select = select.clone();
        self.ask(|reply| Job::Select { seen, select, reply }).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        let group = group.to_owned();
        self.ask(|reply| Job::Checkpoint { group, reply }).await
    }

    fn moved(&self) -> Moved<'_> {
        match self.0.moved.clone() {
            None => Box::pin(tokio::time::sleep(POLL)),
            Some(mut moved) => {
                moved.mark_unchanged();
                Box::pin(async move {
                    if let Ok(Err(_)) = tokio::time::timeout(POLL_WATCHED, moved.changed()).await {
                        // That writer is gone; another process may be writing.
                        tokio::time::sleep(POLL).await;
                    }
                })
            }
        }
    }
}
