//! The log on MongoDB: a collection a partition, a document a commit, any number of writing hosts.

mod bson;
mod call;
mod connect;
mod document;
mod error;
mod insert;
mod read;
mod setup;
mod url;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use mongodb::Database;
use tidings_domain::StreamId;
use tokio::sync::Semaphore;
use uuid::Uuid;

pub use self::call::Limits;
pub(crate) use self::call::within;
use self::connect::Connection;
pub use self::error::ConnectError;
use self::read::Partition;
pub use self::url::MongoUrl;
use crate::{Batch, Commit, Head, InsertError, Log, ReadError, Shape, Slice, partition_of};

/// The most partitions: as many as every log may have.
const MOST_PARTITIONS: u16 = 256;

/// An insert takes milliseconds where it holds many commits.
const GATHER: Duration = Duration::from_millis(1);

/// The collection of partition 3 is `commits_3`.
const COMMITS: &str = "commits_";

fn collection(partition: u16) -> String {
    format!("{COMMITS}{partition}")
}

/// A log in a database of MongoDB: a standalone server, a replica set or a sharded cluster. Cheap to clone; all
/// clones share the connections, which end with the last. Any number of hosts may write to it at the same time.
///
/// Writes are acknowledged by a majority that has journaled them; reads are of the primary, and of what a majority
/// has.
///
/// ```no_run
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, MongoLog, Options};
/// use tidings_world::System;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let log = MongoLog::connect(&"mongodb://localhost:27017/tidings".parse()?, 8).await?;
/// let store = EventStore::start(Arc::new(log), Arc::new(System::new()), Options::default());
/// assert_eq!(store.head(0).await?.number, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct MongoLog(Arc<Inner>);

struct Inner {
    database: Database,
    reads: Arc<Semaphore>,
    partitions: Vec<Partition>,
    identity: Option<Uuid>,
    writes: bool,
    limits: Limits,
}

impl MongoLog {
    /// Opens the log for writing; makes it, with so many partitions, and its indexes, where there is none. A log
    /// that is there keeps its own number of partitions. Any number of hosts may do so at the same time.
    ///
    /// # Errors
    /// When it cannot be opened; [`ConnectError::may_pass`] tells whether it is worth trying again.
    pub async fn connect(url: &MongoUrl, partitions: u16) -> Result<Self, ConnectError> {
        if partitions == 0 || partitions > MOST_PARTITIONS {
            return Err(ConnectError::PartitionCount { asked: partitions, most: MOST_PARTITIONS });
        }
        let connection = connect::connect(url).await?;
        let partitions = setup::create_or_read(&connection, partitions).await?;
        let identity = setup::identify(&connection).await?;
        Ok(Self::start(connection, partitions, Some(identity), true))
    }

    /// Opens a log that is there for reading only, and writes nothing at all: a user with the role `read` will do.
    /// An insert is [`Refused`](InsertError::Refused).
    ///
    /// # Errors
    /// [`ConnectError::Missing`] where there is no log; else as [`connect`](Self::connect).
    pub async fn open_read_only(url: &MongoUrl) -> Result<Self, ConnectError> {
        let connection = connect::connect(url).await?;
        match setup::read(&connection).await? {
            Some(partitions) => {
                let identity = setup::identity(&connection).await?;
                Ok(Self::start(connection, partitions, identity, false))
            }
            None => Err(ConnectError::Missing { server: connection.server() }),
        }
    }

    /// The database, for what stands beside the log in collections of its own, such as
    /// [leases](crate::owners::MongoLeases).
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// The same log, with other limits.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        let Inner { database, reads, identity, writes, .. } = &*self.0;
        Self::new(database.clone(), reads.clone(), (self.count(), *identity), *writes, limits)
    }

    fn start(connection: Connection, partitions: u16, identity: Option<Uuid>, writes: bool) -> Self {
        let reads = Arc::new(Semaphore::new(connection.reads));
        Self::new(connection.database, reads, (partitions, identity), writes, Limits::default())
    }

    fn new(
        database: Database,
        reads: Arc<Semaphore>,
        (partitions, identity): (u16, Option<Uuid>),
        writes: bool,
        limits: Limits,
    ) -> Self {
        let partition = |number| {
            let commits = database.collection(&collection(number));
            Partition { number, commits, reads: reads.clone(), limits, seen: AtomicU64::new(0) }
        };
        let partitions = (0..partitions).map(partition).collect();
        Self(Arc::new(Inner { partitions, database, reads, identity, writes, limits }))
    }

    fn partition(&self, partition: u16) -> Result<&Partition, ReadError> {
        let found = self.0.partitions.get(usize::from(partition));
        found.ok_or_else(|| ReadError::Unavailable(format!("no partition {partition}")))
    }

    fn count(&self) -> u16 {
        u16::try_from(self.0.partitions.len()).unwrap_or(u16::MAX)
    }
}

#[async_trait]
impl Log for MongoLog {
    fn shape(&self) -> Shape {
        Shape { partitions: self.count(), lanes: self.count(), gather: GATHER }
    }

    fn identity(&self) -> Option<Uuid> {
        self.0.identity
    }

    async fn check_identity(&self) -> Result<(), ReadError> {
        let Some(known) = self.0.identity else { return Ok(()) };
        let found = setup::find_identity(&self.0.database);
        let found = within(self.0.limits.read, found).await;
        match found.map_err(|failure| ReadError::Unavailable(failure.to_string()))? {
            Some(Ok(found)) if found == known => Ok(()),
            found => {
                let is = if found.is_some() { "another's" } else { "gone" };
                Err(ReadError::Damaged {
                    place: format!("the log {known}"),
                    cause: format!(
                        "its identity is {is}: another log, or an empty database, answers in its place; restore it, or \
                         start the hosts anew on what there is"
                    ),
                })
            }
        }
    }

    fn check(&self, commit: &Commit) -> Result<(), String> {
        insert::check(document::size(commit))
    }

    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        if !self.0.writes {
            return Err(InsertError::Refused("the log was opened for reading only".into()));
        }
        let insert = |batch| insert::insert(&self.0.database, batch, self.0.limits.insert);
        if let [batch] = batches {
            return Ok(vec![insert(batch).await?]);
        }
        let answers = join_all(batches.iter().map(insert)).await;
        let some_stored =
            answers.iter().any(|answer| !matches!(answer, Ok(0) | Err(InsertError::Refused(_))));
        answers.into_iter().map(|answer| insert::in_doubt_if(some_stored, answer)).collect()
    }

    async fn read_stream(&self, stream: &StreamId, version: u64, limit: usize) -> Result<Slice, ReadError> {
        self.partition(partition_of(stream, self.count()))?.stream(stream, version, limit).await
    }

    async fn read_partition(&self, partition: u16, after: u64, limit: usize) -> Result<Slice, ReadError> {
        self.partition(partition)?.after(after, limit).await
    }

    async fn head(&self, partition: u16) -> Result<Head, ReadError> {
        self.partition(partition)?.head().await
    }

    async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        self.partition(partition_of(stream, self.count()))?.version(stream).await
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        self.partition(partition)?.command(command).await
    }
}
