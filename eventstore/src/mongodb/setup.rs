//! What a log says of itself, and its indexes. A storage format.
//!
//! Ten hosts may come here at once: the number of partitions is what the first to insert `meta` wrote, and every
//! host sees the indexes made before it writes.

use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::IndexOptions;
use mongodb::{Collection, Database, IndexModel};
use tidings_world::{System, World};
use uuid::Uuid;

use super::ConnectError;
use super::connect::Connection;

/// The version of the format that this program writes, and the only one that it reads.
pub(crate) const FORMAT: u64 = 1;

/// The collection with what a log says of itself, and the ids of the documents in it.
const META: &str = "meta";
const LOG: &str = "log";
const IDENTITY: &str = "identity";

/// How many collections are set up at a time.
const AT_ONCE: usize = 8;

/// Makes the log where there is none; gives its number of partitions.
pub(crate) async fn create_or_read(connection: &Connection, partitions: u16) -> Result<u16, ConnectError> {
    let stored = match read(connection).await? {
        Some(stored) => stored,
        None => create(connection, partitions).await?,
    };
    let indexed = (0..stored).map(|partition| make_indexes(connection, partition));
    stream::iter(indexed).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(stored)
}

/// The number of partitions of a log; `None` where there is no log.
pub(crate) async fn read(connection: &Connection) -> Result<Option<u16>, ConnectError> {
    let meta: Collection<Document> = connection.database.collection(META);
    let Some(meta) = connection.step("read the log", meta.find_one(doc! { "_id": LOG })).await? else {
        return Ok(None);
    };
    let server = connection.server();
    let number = |name: &str| match meta.get(name) {
        Some(mongodb::bson::Bson::Int32(number)) => u64::try_from(*number).ok(),
        Some(mongodb::bson::Bson::Int64(number)) => u64::try_from(*number).ok(),
        _ => None,
    };
    match (number("format"), number("partitions").map(u16::try_from)) {
        (Some(found), _) if found > FORMAT => Err(ConnectError::Newer { server, found, known: FORMAT }),
        (Some(FORMAT), Some(Ok(partitions))) if partitions > 0 => Ok(Some(partitions)),
        _ => {
            let cause = "its `meta` document does not tell its format and number of partitions".into();
            Err(ConnectError::Damaged { server, cause })
        }
    }
}

/// The identity of a log; `None` where no program has written that draws one.
pub(crate) async fn identity(connection: &Connection) -> Result<Option<Uuid>, ConnectError> {
    let found = connection.step("read the log", find_identity(&connection.database)).await?;
    let damaged = |Unreadable| {
        let cause = "the document `identity` in `meta` does not tell one".into();
        ConnectError::Damaged { server: connection.server(), cause }
    };
    found.transpose().map_err(damaged)
}

/// It does not tell the identity.
pub(crate) struct Unreadable;

/// The identity that stands in a database.
pub(crate) async fn find_identity(database: &Database) -> Result<Option<Result<Uuid, Unreadable>>, Error> {
    let found = database.collection::<Document>(META).find_one(doc! { "_id": IDENTITY }).await?;
    let read = |found: Document| found.get_str("log").ok()?.parse().ok();
    Ok(found.map(|found| read(found).ok_or(Unreadable)))
}

/// Gives a log its identity where it has none. A document of its own, since of hosts that insert it at once one succeeds,
/// on every server.
pub(crate) async fn identify(connection: &Connection) -> Result<Uuid, ConnectError> {
    if let Some(identity) = identity(connection).await? {
        return Ok(identity);
    }
    let drawn = System::new().id();
    insert(connection, doc! { "_id": IDENTITY, "log": drawn.to_string() }).await?;
    // What is there counts, whoever wrote it.
    let away = || ConnectError::Away {
        server: connection.server(),
        cause: "the log's identity, which another host has just written, is not to be read yet".into(),
    };
    identity(connection).await?.ok_or_else(away)
}

/// Inserts what the log says of itself, unless it is there already.
async fn insert(connection: &Connection, said: Document) -> Result<(), ConnectError> {
    let meta: Collection<Document> = connection.database.collection(META);
    let insert = async {
        match meta.insert_one(said).await {
            Err(error) if is_taken(&error) => Ok(()),
            other => other.map(drop),
        }
    };
    connection.step("write the log", insert).await
}

async fn create(connection: &Connection, partitions: u16) -> Result<u16, ConnectError> {
    let listed = connection.step("list collections", connection.database.list_collection_names()).await?;
    if listed.iter().any(|name| name.starts_with(super::COMMITS)) {
        // Another host may have made the log since we looked.
        return read(connection).await?.ok_or_else(|| ConnectError::Damaged {
            server: connection.server(),
            cause: "it has commits, but the document `log` in `meta` is missing".into(),
        });
    }
    let created_at = mongodb::bson::DateTime::from_millis(System::new().now().millis());
    let log = doc! {
        "_id": LOG, "format": FORMAT as i32, "partitions": i32::from(partitions), "created_at": created_at,
    };
    // First, since who sees `log` opens the log.
    identify(connection).await?;
    insert(connection, log).await?;
    // What is there counts, whoever wrote it.
    read(connection).await?.ok_or_else(|| ConnectError::Damaged {
        server: connection.server(),
        cause: "the document `log` in `meta` has vanished".into(),
    })
}

fn is_taken(error: &Error) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == 11_000)
}

async fn make_indexes(connection: &Connection, partition: u16) -> Result<(), ConnectError> {
    let commits: Collection<RawDocumentBuf> = connection.database.collection(&super::collection(partition));
    let unique = |name: &str, keys: Document| {
        let options = IndexOptions::builder().name(name.to_owned()).unique(true).build();
        IndexModel::builder().keys(keys).options(options).build()
    };
    let indexes = [
        unique("stream", doc! { "stream": 1, "first_version": 1 }),
        unique("command", doc! { "command": 1 }),
    ];
    // One by one: FerretDB 1.24 fails when asked for two that are there already.
    for index in indexes {
        connection.step("make indexes", commits.create_index(index)).await?;
    }
    Ok(())
}
