//! The SQLite read model: the conformance suite, and what is its own.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::sync::Arc;

use async_trait::async_trait;
use tidings_projections::conformance::{self, Opened, Subject};
use tidings_projections::sqlite::{Generations, InMemory, SqliteReadModel, SqliteReader};
use tidings_projections::{ReadModel, ReadModelError, Reader, Select, social};

/// A folder; `shared`: readers know the writer of their process.
struct Folder {
    folder: tempfile::TempDir,
    shared: bool,
}

impl Folder {
    fn new(shared: bool) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), shared }
    }

    fn generations(&self) -> Generations {
        Generations::new(self.folder.path())
    }
}

#[async_trait]
impl Subject for Folder {
    async fn open(&self) -> Opened {
        let model = SqliteReadModel::open(self.folder.path()).unwrap();
        let reader = if self.shared {
            model.reader().unwrap()
        } else {
            SqliteReader::open(self.folder.path()).unwrap()
        };
        Opened { model: Arc::new(model), reader: Arc::new(reader) }
    }

    async fn begin_rebuild(&self) -> Option<Arc<dyn ReadModel>> {
        let next = self.generations().next().unwrap();
        Some(Arc::new(SqliteReadModel::open_generation(self.folder.path(), next).unwrap()))
    }

    async fn finish_rebuild(&self) {
        let generations = self.generations();
        generations.switch_to(generations.next().unwrap() - 1).unwrap();
        generations.drop_others().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_the_promises_between_processes() {
    conformance::run(|| Folder::new(false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_keep_the_promises_in_one_process() {
    conformance::run(|| Folder::new(true)).await;
}

struct Memory(InMemory);

#[async_trait]
impl Subject for Memory {
    async fn open(&self) -> Opened {
        Opened { model: Arc::new(self.0.clone()), reader: Arc::new(self.0.clone()) }
    }
}

#[tokio::test]
async fn memory_keeps_the_promises() {
    conformance::run(|| Memory(InMemory::new().unwrap())).await;
}

#[tokio::test]
async fn a_reader_cannot_write() {
    let folder = Folder::new(false);
    let opened = folder.open().await;
    opened.model.attach(&social::group(), 2.into()).await.unwrap();
    for sql in ["DELETE FROM checkpoints", "PRAGMA query_only = 0", "INSERT INTO posts (post) VALUES ('x')"] {
        let _ = opened.reader.select("social", &[], &Select { sql, params: vec![] }).await;
    }
    let delete = Select { sql: "DELETE FROM checkpoints RETURNING 1", params: vec![] };
    assert!(opened.reader.select("social", &[], &delete).await.is_err());
    assert_eq!(opened.model.checkpoint("social").await.unwrap().numbers, [0, 0]);
}

#[tokio::test]
async fn a_reader_may_start_before_the_writer() {
    let folder = Folder::new(false);
    let reader = SqliteReader::open(folder.folder.path()).unwrap();
    let early = reader.checkpoint("social").await.unwrap_err();
    assert!(early.to_string().contains("there is no read model"), "{early}");
    let model = SqliteReadModel::open(folder.folder.path()).unwrap();
    model.attach(&social::group(), 2.into()).await.unwrap();
    assert_eq!(reader.checkpoint("social").await.unwrap().numbers, [0, 0]);
}

#[tokio::test]
async fn a_file_of_others_is_refused_and_left_alone() {
    let folder = Folder::new(false);
    let file = folder.generations().file(1);
    let theirs = rusqlite::Connection::open(&file).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (x); PRAGMA application_id = 7").unwrap();
    folder.generations().switch_to(1).unwrap();
    let refused = SqliteReadModel::open(folder.folder.path()).err().unwrap();
    assert!(
        matches!(&refused, ReadModelError::Unfit(cause) if cause.contains("not a read model")),
        "{refused}"
    );
    let mode: String = theirs.query_row("PRAGMA journal_mode", (), |row| row.get(0)).unwrap();
    assert_eq!(mode, "delete");
}

#[tokio::test]
async fn a_newer_format_is_refused_with_both_versions() {
    let folder = Folder::new(false);
    drop(folder.open().await);
    let file = rusqlite::Connection::open(folder.generations().file(1)).unwrap();
    file.execute_batch("PRAGMA user_version = 9").unwrap();
    let refused = SqliteReadModel::open(folder.folder.path()).err().unwrap();
    assert!(refused.to_string().contains("has format 9, but this program knows format 1"), "{refused}");
}

#[tokio::test]
async fn the_schema_reads_as_a_manual() {
    let folder = Folder::new(false);
    folder.open().await.model.attach(&social::group(), 2.into()).await.unwrap();
    let file = rusqlite::Connection::open(folder.generations().file(1)).unwrap();
    let sql: String =
        file.query_row("SELECT sql FROM sqlite_schema WHERE name = 'posts'", (), |row| row.get(0)).unwrap();
    for part in
        ["-- Posts.", "post TEXT NOT NULL, -- uuid: the post", "-- time: when it was published", "STRICT"]
    {
        assert!(sql.contains(part), "{part} is not in\n{sql}");
    }
}
