//! The writing side: one thread with one connection.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::generation::first_epoch;
use tidings_domain::{Origin, Timestamp};

use crate::{
    ApplyError, Checkpoint, Group, Moment, Parked, ReadModel, ReadModelError, Step, Strange, StrangeKind,
};

use super::moment::SqliteMoment;
use super::queue::Queue;
use super::schema::Indexes;
use super::writeback::Writeback;
use super::{Generations, SqliteReader, connect, schema, store, strange};

/// A read model in a folder, written by a thread of its own. Several processes may write to one folder.
/// Cheap to clone; the thread ends with the last handle, after what waits.
///
/// ```
/// use tidings_projections::{ReadModel, social, sqlite::SqliteReadModel};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// let model = SqliteReadModel::open(folder.path())?;
/// model.attach(&social::group(), 8.into()).await?;
/// assert_eq!(model.checkpoint("social").await?.numbers, [0; 8]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct SqliteReadModel(Arc<Inner>);

struct Inner {
    generations: Generations,
    generation: Option<u64>,
    jobs: Arc<Queue<Job>>,
    moved: Arc<watch::Sender<()>>,
}

type Job = Box<dyn FnOnce(&mut Writer) + Send>;

impl SqliteReadModel {
    /// Opens the generation in use, makes the first where there is none, and follows switches.
    ///
    /// # Errors
    /// When the folder cannot be written to, or holds what is no read model.
    pub fn open(folder: impl AsRef<std::path::Path>) -> Result<Self, ReadModelError> {
        let generations = Generations::new(folder.as_ref());
        std::fs::create_dir_all(generations.folder()).map_err(|e| failed(&generations, &e))?;
        if generations.current().map_err(|e| failed(&generations, &e))?.is_none() {
            // Where only the pointer was lost, a file that was never used: the log knows what belongs in it.
            let first = generations.next().map_err(|e| failed(&generations, &e))?;
            generations.switch_to(first).map_err(|e| failed(&generations, &e))?;
        }
        Self::start(generations, None, Indexes::Now)
    }

    /// Opens one generation that is not in use, and stays with it: what a rebuild writes to. It is not durable, and
    /// its queries are slow, until it is [settled](Self::settle).
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_shadow(folder: impl AsRef<std::path::Path>, generation: u64) -> Result<Self, ReadModelError> {
        let generations = Generations::new(folder.as_ref());
        std::fs::create_dir_all(generations.folder()).map_err(|e| failed(&generations, &e))?;
        Self::start(generations, Some(generation), Indexes::Last)
    }

    /// Makes a shadow fit for use: with its indexes, durable, and written as others are from now on.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn settle(&self) -> Result<(), ReadModelError> {
        self.asked(Writer::settle).await
    }

    /// Opens one generation, in use or not, and stays with it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_generation(
        folder: impl AsRef<std::path::Path>,
        generation: u64,
    ) -> Result<Self, ReadModelError> {
        let generations = Generations::new(folder.as_ref());
        std::fs::create_dir_all(generations.folder()).map_err(|e| failed(&generations, &e))?;
        Self::start(generations, Some(generation), Indexes::Now)
    }

    /// All that a group has now, to be looked at for as long as it takes; writers do not wait meanwhile. Of a group that
    /// was never attached the checkpoint is empty.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn moment(&self, group: &str) -> Result<impl Moment + use<>, ReadModelError> {
        let Inner { generations, generation, .. } = &*self.0;
        let none = || ReadModelError::Unavailable("there is no read model yet".into());
        let generation = match generation {
            Some(pinned) => *pinned,
            None => generations.current().map_err(|e| failed(generations, &e))?.ok_or_else(none)?,
        };
        SqliteMoment::begin(generations.clone(), generation, group.to_owned()).await
    }

    /// A reader of the same folder (or generation) which wakes as soon as this writer has written.
    ///
    /// # Errors
    /// When threads cannot be started.
    pub fn reader(&self) -> Result<SqliteReader, ReadModelError> {
        let Inner { generations, generation, moved, .. } = &*self.0;
        SqliteReader::start(generations.clone(), *generation, Some(moved.subscribe()))
    }

    fn start(
        generations: Generations,
        generation: Option<u64>,
        indexes: Indexes,
    ) -> Result<Self, ReadModelError> {
        let jobs = Arc::new(Queue::<Job>::new());
        let mut writer = Writer {
            generations: generations.clone(),
            pinned: generation,
            indexes,
            open: None,
            writeback: None,
            groups: BTreeMap::new(),
        };
        writer.follow()?;
        let queue = jobs.clone();
        let work = move || {
            let mut waiting = Vec::new();
            while queue.take(1, &mut waiting) {
                for job in waiting.drain(..) {
                    job(&mut writer);
                }
            }
        };
        let spawned = thread::Builder::new().name("views-writer".into()).spawn(work);
        spawned.map_err(|e| ReadModelError::Unavailable(e.to_string()))?;
        let moved = Arc::new(watch::channel(()).0);
        Ok(Self(Arc::new(Inner { generations, generation, jobs, moved })))
    }

    /// Lets the thread do something; `None` where it is gone.
    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        // A caller that has gone needs no answer.
        self.0.jobs.push(Box::new(move |writer| {
            let _ = reply.send(work(writer));
        }));
        answer.await.ok()
    }

    /// The same, of what may fail.
    async fn asked<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, ReadModelError> + Send + 'static,
    ) -> Result<T, ReadModelError> {
        self.on_thread(work).await.unwrap_or_else(|| Err(ReadModelError::Unavailable(stopped())))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

/// What the thread has.
struct Writer {
    generations: Generations,
    pinned: Option<u64>,
    /// `Last` while it is a shadow.
    indexes: Indexes,
    open: Option<(u64, Connection)>,
    /// Of a shadow. After the connection, as it asks.
    writeback: Option<Writeback>,
    /// The groups attached, to be attached to a new generation as well.
    groups: BTreeMap<&'static str, (Group, Origin)>,
}

impl Writer {
    /// The generation in use. A pointer that was lost meanwhile is written again.
    fn current(&self) -> io::Result<u64> {
        if let Some(current) = self.generations.current()? {
            return Ok(current);
        }
        let open = self.open.as_ref().map_or(1, |(open, _)| *open);
        self.generations.switch_to(open)?;
        Ok(open)
    }

    fn attach(&mut self, group: Group, origin: Origin) -> Result<(), ReadModelError> {
        self.follow()?;
        if let Some((generation, connection)) = &mut self.open {
            schema::attach(connection, &group, origin, first_epoch(*generation), self.indexes)?;
        }
        self.groups.insert(group.name, (group, origin));
        Ok(())
    }

    fn settle(&mut self) -> Result<(), ReadModelError> {
        self.indexes = Indexes::Now;
        if let Some((generation, connection)) = &self.open {
            connect::prepare_sorting(connection, &self.generations.file(*generation))?;
        }
        for (group, origin) in self.groups.clone().into_values() {
            self.attach(group, origin)?;
        }
        match &self.open {
            Some((generation, connection)) => {
                connect::settle(connection, &self.generations.file(*generation), self.writeback.as_mut())
            }
            None => Ok(()),
        }
    }

    fn apply(&mut self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let Self { generations, pinned, open, .. } = self;
        let Some((open, connection)) = open else {
            return Err(ApplyError::Unavailable("the file is not open".into()));
        };
        // One that cannot be looked at is looked at again with the next step.
        let elsewhere = || matches!(generations.current(), Ok(Some(current)) if current != *open);
        store::apply(connection, group, step, || pinned.is_some() || !elsewhere())
    }

    /// The connection to the generation in use.
    fn follow(&mut self) -> Result<&mut Connection, ReadModelError> {
        let current = match self.pinned {
            Some(pinned) => pinned,
            None => self.current().map_err(|e| failed(&self.generations, &e))?,
        };
        if self.open.as_ref().is_none_or(|(open, _)| *open != current) {
            self.open = None;
            let file = self.generations.file(current);
            let mut connection = match self.indexes {
                Indexes::Now => connect::writing(&file)?,
                Indexes::Last => connect::bulk(&file)?,
            };
            if self.indexes == Indexes::Last {
                self.writeback = Some(Writeback::start(&file).map_err(|e| failed(&self.generations, &e))?);
            }
            for (group, origin) in self.groups.values() {
                schema::attach(&mut connection, group, *origin, first_epoch(current), self.indexes)?;
            }
            self.open = Some((current, connection));
        }
        match &mut self.open {
            Some((_, connection)) => Ok(connection),
            None => Err(ReadModelError::Unavailable("the file is not open".into())),
        }
    }
}

fn failed(generations: &Generations, error: &io::Error) -> ReadModelError {
    ReadModelError::Unavailable(format!("{}: {error}", generations.folder().display()))
}

fn stopped() -> String {
    "the writer of the read model has stopped".into()
}

#[async_trait]
impl ReadModel for SqliteReadModel {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        let group = group.clone();
        self.asked(move |writer| writer.attach(group, origin)).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        let group = group.to_owned();
        self.asked(move |writer| store::checkpoint(writer.follow()?, &group)).await
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let (group, step) = (group.clone(), step.clone());
        let applied = self.on_thread(move |writer| {
            // Tables of another shape are no fault of these rows.
            writer.follow().map_err(|e| ApplyError::Unavailable(e.to_string()))?;
            writer.apply(&group, &step)
        });
        let outcome = applied.await.unwrap_or_else(|| Err(ApplyError::Unavailable(stopped())));
        if outcome.is_ok() {
            self.0.moved.send_replace(());
        }
        outcome
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        let group = group.to_owned();
        self.asked(move |writer| store::parked(writer.follow()?, &group)).await
    }

    async fn note_strange(
        &self,
        group: &str,
        strange: &[Strange],
        now: Timestamp,
    ) -> Result<(), ReadModelError> {
        let (group, strange) = (group.to_owned(), strange.to_vec());
        self.asked(move |writer| strange::note(writer.follow()?, &group, &strange, now)).await
    }

    async fn strange(&self, group: &str) -> Result<Vec<StrangeKind>, ReadModelError> {
        let group = group.to_owned();
        self.asked(move |writer| strange::list(writer.follow()?, &group)).await
    }

    async fn clear_strange(
        &self,
        group: &str,
        cause: Option<&str>,
    ) -> Result<Vec<StrangeKind>, ReadModelError> {
        let (group, cause) = (group.to_owned(), cause.map(ToOwned::to_owned));
        self.asked(move |writer| strange::clear(writer.follow()?, &group, cause.as_deref())).await
    }
}
