//! A log moves between SQLite and MongoDB, and is the same at the end.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::path::Path;
use std::sync::Arc;

use log::Raw;
use tidings_domain::Timestamp;
use tidings_eventstore::{EventStore, Head, Log, MongoLog, MongoUrl, SqliteLog};
use tidings_replay::{ImportError, ImportOptions, Imported, Overwrite, export, import, verify_log};
use tidings_world::{Handle, System, World};

/// A database of a name that nobody else has, gone at the end.
struct Database(String);

impl Database {
    fn new() -> Self {
        let given = std::env::var("TIDINGS_TEST_MONGODB").expect(
            "TIDINGS_TEST_MONGODB is not set: run dev/test, or `dev/servers up` and export what it prints",
        );
        let (hosts, options) = given.split_once('?').unwrap_or((&given, ""));
        let name = format!("tidings-test-{}", System::new().id().simple());
        Self(format!("{}/{name}?{options}", hosts.trim_end_matches('/')))
    }

    async fn log(&self, partitions: u16) -> MongoLog {
        let url: MongoUrl = self.0.parse().unwrap();
        MongoLog::connect(&url, partitions).await.unwrap()
    }

    async fn end(self) {
        self.log(1).await.database().drop().await.unwrap();
    }
}

fn store(log: impl Log + 'static) -> EventStore {
    let world: Handle = Arc::new(System::new());
    EventStore::start(Arc::new(log), world, Default::default())
}

async fn heads(log: &dyn Log) -> Vec<Head> {
    let mut heads = Vec::new();
    for partition in 0..log.shape().partitions {
        heads.push(log.head(partition).await.unwrap());
    }
    heads
}

async fn import_into(log: &dyn Log, file: &Path) -> Result<Imported, ImportError> {
    import(file, log, Default::default(), |_| {}).await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_sqlite_to_mongodb_and_back_every_hash_is_the_same() {
    let (folder, database) = (tempfile::tempdir().unwrap(), Database::new());
    let original = Raw::random(8, 20_000).log().await;
    let now = Timestamp::from_millis(0);
    let file = |name: &str| folder.path().join(name);
    export(&store(original.clone()), &file("one.zst"), Overwrite::No, now, |_| {}).await.unwrap();
    let mongodb = database.log(8).await;
    assert!(import_into(&mongodb, &file("one.zst")).await.unwrap().same);
    assert_eq!(heads(&mongodb).await, heads(&original).await);
    assert!(verify_log(&store(mongodb.clone()), 2, |_| {}).await.unwrap().is_intact());
    assert_eq!(
        import_into(&mongodb, &file("one.zst")).await.unwrap().found,
        20_000,
        "a second time there is nothing to do"
    );
    export(&store(mongodb), &file("two.gz"), Overwrite::No, now, |_| {}).await.unwrap();
    let sqlite = SqliteLog::create_or_open(file("data"), 8).unwrap();
    import_into(&sqlite, &file("two.gz")).await.unwrap();
    assert_eq!(heads(&sqlite).await, heads(&original).await);
    sqlite.close().await;
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_into_mongodb_that_was_stopped_goes_on_also_into_another_number_of_partitions() {
    let (folder, file) = (tempfile::tempdir().unwrap(), "log.zst");
    let file = folder.path().join(file);
    let raw = Raw::random(4, 6_000);
    export(&store(raw.log().await), &file, Overwrite::No, Timestamp::from_millis(0), |_| {}).await.unwrap();
    for partitions in [4, 6] {
        let database = Database::new();
        let log = database.log(partitions).await;
        let (mut stops, mut found) = (0, 0);
        let imported = loop {
            let (enough, mut is_enough) = tokio::sync::mpsc::unbounded_channel();
            let mut written = 0;
            let options = ImportOptions { batch: 1_000, ..Default::default() };
            let work = import(&file, &log, options, |progress| {
                written += u64::from(progress.work == "import");
                if written == 3 {
                    let _ = enough.send(());
                }
            });
            // Dropped in the middle of an insert, as by Ctrl-C or a kill.
            tokio::select! { biased;
                _ = is_enough.recv() => stops += 1,
                imported = work => break imported.unwrap(),
            }
            let now: u64 = heads(&log).await.iter().map(|head| head.number).sum();
            assert!(now > found, "it gets on");
            found = now;
        };
        assert!(stops >= 2 && imported.found > 0, "{stops} {imported:?}");
        assert!(verify_log(&store(log.clone()), 2, |_| {}).await.unwrap().is_intact());
        let wanted = tidings_eventstore::MemoryLog::new(partitions);
        import_into(&wanted, &file).await.unwrap();
        assert_eq!(heads(&log).await, heads(&wanted).await, "as if it had never been stopped");
        database.end().await;
    }
}
