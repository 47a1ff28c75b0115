//! A log goes into a file and comes back as it was; a file that is not whole goes nowhere.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use log::{Raw, event, store_of};
use tempfile::TempDir;
use tidings_domain::{Position, Timestamp};
use tidings_eventstore::{EventStore, Hash, Head, Log, MemoryLog, SqliteLog, verify};
use tidings_replay::{
    ExportError, Exported, ImportError, ImportOptions, Imported, LogFileError, Overwrite, export, import,
};
use tidings_world::{Seeded, World};

const NOW: i64 = 1_767_225_600_000;

async fn export_to(file: &Path, store: &EventStore) -> Result<Exported, ExportError> {
    export(store, file, Overwrite::No, Timestamp::from_millis(NOW), |_| {}).await
}

/// Small inserts, and no patience.
const OPTIONS: ImportOptions = ImportOptions { batch: 64, patience: Duration::ZERO };

async fn import_into(log: &dyn Log, file: &Path) -> Result<Imported, ImportError> {
    import(file, log, OPTIONS, |_| {}).await
}

async fn heads(log: &dyn Log) -> Vec<Head> {
    let mut heads = Vec::new();
    for partition in 0..log.shape().partitions {
        heads.push(log.head(partition).await.unwrap());
    }
    heads
}

/// A folder with the file of a log.
struct Setup {
    folder: TempDir,
    raw: Raw,
    store: EventStore,
    file: PathBuf,
}

impl Setup {
    async fn new(name: &str, partitions: u16, commits: usize) -> Self {
        Self::of(name, Raw::random(partitions, commits)).await
    }

    async fn of(name: &str, raw: Raw) -> Self {
        let (folder, store) = (tempfile::tempdir().unwrap(), store_of(raw.log().await));
        let file = folder.path().join(name);
        export_to(&file, &store).await.unwrap();
        Self { folder, raw, store, file }
    }

    fn lines(&self) -> Vec<String> {
        fs::read_to_string(&self.file).unwrap().lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        fs::write(&self.file, lines.join("\n") + "\n").unwrap();
    }

    /// Importing fails so, and writes nothing.
    async fn refused(&self) -> ImportError {
        let target = MemoryLog::new(self.raw.partitions.len() as u16);
        let error = import_into(&target, &self.file).await.unwrap_err();
        assert!(heads(&target).await.iter().all(|head| head.number == 0), "nothing was written: {error}");
        error
    }
}

#[tokio::test]
async fn a_log_comes_back_as_it_was_through_a_file_of_each_compression() {
    let mut sizes = Vec::new();
    for name in ["log.jsonl", "log.jsonl.gz", "log.jsonl.ZST"] {
        let setup = Setup::new(name, 4, 3_000).await;
        let target = MemoryLog::new(4);
        let imported = import_into(&target, &setup.file).await.unwrap();
        assert_eq!((imported.commits, imported.found, imported.same), (3_000, 0, true));
        for partition in 0..4 {
            let read = async |log: &dyn Log| log.read_partition(partition, 0, 10_000).await.unwrap().commits;
            assert_eq!(read(&target).await, read(&setup.raw.log().await).await, "{name}");
            assert_eq!(imported.heads[usize::from(partition)], setup.store.head(partition).await.unwrap());
        }
        sizes.push(fs::metadata(&setup.file).unwrap().len());
        assert_eq!(fs::read_dir(&setup.folder).unwrap().count(), 1, "no draft is left");
        let again = setup.folder.path().join("again");
        assert_eq!(export_to(&again, &store_of(target)).await.unwrap().heads, imported.heads);
    }
    assert!(sizes[0] > 3 * sizes[1] && sizes[0] > 3 * sizes[2], "{sizes:?}");
}

#[tokio::test]
async fn the_first_and_the_last_line_are_what_the_contract_says() {
    let mut raw = Raw::new(2);
    let at = raw.append("lamp-1", vec![event("TurnedOn", "{}"), event("TurnedOff", "{}")]);
    let hash = raw.partitions[usize::from(at.partition)][0].hash;
    let setup = Setup::of("log", raw).await;
    let (empty, full) = (
        format!(r#"{{"number":0,"hash":"{}"}}"#, Hash::default()),
        format!(r#"{{"number":1,"hash":"{hash}"}}"#),
    );
    let (commits, heads) = if at.partition == 0 { ("1,0", [full, empty]) } else { ("0,1", [empty, full]) };
    let lines = setup.lines();
    assert_eq!(
        lines[0],
        format!(
            r#"{{"format":"tidings-log","version":1,"partitions":2,"exported_at":"2026-01-01T00:00:00.000Z","commits":[{commits}]}}"#
        )
    );
    let heads = heads.join(",");
    assert_eq!(lines[2], format!(r#"{{"end":{{"commits":1,"events":2,"heads":[{heads}]}}}}"#));
}

#[tokio::test]
async fn a_log_moves_between_adapters_and_what_is_there_is_proven() {
    let setup = Setup::new("log.zst", 8, 3_000).await;
    let (one, two) = (setup.folder.path().join("one"), setup.folder.path().join("two"));
    let first = SqliteLog::create_or_open(&one, 8).unwrap();
    import(&setup.file, &first, ImportOptions::default(), |_| {}).await.unwrap();
    for partition in 0..8 {
        assert!(verify(&first, partition, |_| {}).await.is_ok());
    }
    assert_eq!(heads(&first).await, heads(&setup.raw.log().await).await);
    first.close().await;
    let file = setup.folder.path().join("from-sqlite");
    let read_only = SqliteLog::open_read_only(&one).unwrap();
    export_to(&file, &store_of(read_only)).await.unwrap();
    let second = SqliteLog::create_or_open(&two, 8).unwrap();
    import_into(&second, &file).await.unwrap();
    assert_eq!(heads(&second).await, heads(&setup.raw.log().await).await);
    let without_header =
        |file: &Path| fs::read_to_string(file).unwrap().split_once('\n').unwrap().1.to_owned();
    let plain = setup.folder.path().join("plain");
    export_to(&plain, &setup.store).await.unwrap();
    assert_eq!(without_header(&file), without_header(&plain), "the file depends on the log alone");
}

#[tokio::test]
async fn an_import_that_was_interrupted_goes_on_where_the_target_ends() {
    let setup = Setup::new("log.gz", 4, 2_000).await;
    for partitions in [4, 7] {
        let whole = MemoryLog::new(partitions);
        let whole_import = import_into(&whole, &setup.file).await.unwrap();
        for cut in [0, 1, 63, 64, 65, 900, 1_999, 2_000] {
            let (target, mut left) = (MemoryLog::new(partitions), cut);
            // The beginning of some partitions is further than that of others.
            for partition in 0..partitions {
                let take = if partition + 1 == partitions { left } else { (left / 2).min(200) };
                let commits = whole.read_partition(partition, 0, take.max(1)).await.unwrap().commits;
                if take > 0 && !commits.is_empty() {
                    left -= commits.len();
                    target.insert(&[tidings_eventstore::Batch { partition, commits }]).await.unwrap();
                }
            }
            let found = heads(&target).await.iter().map(|head| head.number).sum::<u64>();
            let imported = import_into(&target, &setup.file).await.unwrap();
            assert_eq!(imported, Imported { found, ..whole_import.clone() }, "cut at {cut}");
            assert_eq!(heads(&target).await, heads(&whole).await);
        }
    }
}

#[tokio::test]
async fn another_number_of_partitions_keeps_every_streams_order_and_lets_no_time_run_backwards() {
    let setup = Setup::new("log", 4, 3_000).await;
    for partitions in [1, 3, 16] {
        let target = MemoryLog::new(partitions);
        let imported = import_into(&target, &setup.file).await.unwrap();
        assert!(!imported.same && imported.commits == 3_000);
        for partition in 0..partitions {
            verify(&target, partition, |_| {}).await.unwrap();
        }
        let original = setup.raw.log().await;
        for commit in setup.raw.partitions.iter().flatten().step_by(17) {
            let read =
                async |log: &dyn Log| log.read_stream(&commit.stream, 1, 10_000).await.unwrap().commits;
            let (before, after) = (read(&original).await, read(&target).await);
            assert_eq!(before.len(), after.len());
            for (before, after) in before.iter().zip(&after) {
                let mut moved = (**after).clone();
                (moved.position, moved.hash) = (before.position, before.hash);
                assert_eq!(moved, **before, "only its place and hash are others");
            }
        }
    }
}

#[tokio::test]
async fn a_file_in_the_order_of_partitions_is_as_good_and_its_times_do_not_run_backwards_either() {
    let setup = Setup::new("log", 4, 500).await;
    let mut lines = setup.lines();
    let whole = lines.len();
    lines[1..whole - 1].sort_by_key(|line| line.split(':').nth(1).unwrap().to_owned());
    assert_ne!(lines, setup.lines());
    setup.write(&lines);
    let (same, one) = (MemoryLog::new(4), MemoryLog::new(1));
    import_into(&same, &setup.file).await.unwrap();
    assert_eq!(heads(&same).await, heads(&setup.raw.log().await).await);
    import_into(&one, &setup.file).await.unwrap();
    assert_eq!(verify(&one, 0, |_| {}).await.unwrap().commits, 500);
}

#[tokio::test]
async fn a_log_that_grows_is_exported_as_it_was_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let raw = Raw::random(2, 500);
    let log = raw.log().await;
    let (store, file) = (store_of(log.clone()), folder.path().join("log"));
    let before = heads(&log).await;
    let mut more = raw.clone();
    let place = more.append("lamp-1", vec![event("TurnedOn", "{}")]);
    let commit = more.partitions[usize::from(place.partition)].last().unwrap().clone();
    let mut grown = false;
    let exported = export(&store, &file, Overwrite::No, Timestamp::from_millis(NOW), |_| {
        if !std::mem::replace(&mut grown, true) {
            let batch = tidings_eventstore::Batch {
                partition: place.partition,
                commits: vec![std::sync::Arc::new(commit.clone())],
            };
            let inserting = log.insert(std::slice::from_ref(&batch));
            // In memory it does not wait.
            assert_eq!(futures_now(inserting).unwrap(), [1]);
        }
    })
    .await
    .unwrap();
    assert!(grown && exported.heads == before);
    let target = MemoryLog::new(2);
    import_into(&target, &file).await.unwrap();
    assert_eq!(heads(&target).await, before);
}

fn futures_now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[tokio::test]
async fn a_file_cut_off_anywhere_is_refused_before_anything_is_written() {
    for name in ["log", "log.gz", "log.zst"] {
        let setup = Setup::new(name, 2, 300).await;
        let whole = fs::read(&setup.file).unwrap();
        let world = Seeded::new(3);
        let mut cuts: Vec<usize> = (0..12).map(|_| world.random() as usize % whole.len()).collect();
        cuts.extend([1, whole.len() - 1, whole.len() - 5]);
        for cut in cuts {
            fs::write(&setup.file, &whole[..cut]).unwrap();
            let error = setup.refused().await;
            let told = matches!(
                error,
                ImportError::File(
                    LogFileError::CutOff { .. } | LogFileError::NotALog { .. } | LogFileError::Damaged { .. }
                )
            );
            assert!(told, "{name} cut at {cut}: {error}");
        }
        let lines = || String::from_utf8(whole.clone()).unwrap();
        if name == "log" {
            for keep in [2, 150, 301] {
                let kept: String = lines().split_inclusive('\n').take(keep).collect();
                fs::write(&setup.file, kept).unwrap();
                let error = setup.refused().await.to_string();
                assert!(error.contains(&format!("cut off: it ends after line {keep}")), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_changed_byte_is_found_wherever_it_stands() {
    for name in ["log", "log.gz", "log.zst"] {
        let setup = Setup::new(name, 2, 100).await;
        let whole = fs::read(&setup.file).unwrap();
        let header = if name == "log" { whole.iter().position(|byte| *byte == b'\n').unwrap() } else { 20 };
        let world = Seeded::new(5);
        for _ in 0..60 {
            let place = header + world.random() as usize % (whole.len() - header);
            let mut changed = whole.clone();
            changed[place] ^= 1 << (world.random() % 8);
            fs::write(&setup.file, &changed).unwrap();
            let target = MemoryLog::new(2);
            match import_into(&target, &setup.file).await {
                Err(ImportError::File(_)) => assert_eq!(heads(&target).await, [Head::default(); 2]),
                Err(other) => panic!("{name} at {place}: {other}"),
                // A bit that says nothing, as some of a compressed block's do, or the case of a hash's digit.
                Ok(_) => {
                    assert_eq!(heads(&target).await, heads(&setup.raw.log().await).await, "{name} at {place}")
                }
            }
        }
    }
}

#[tokio::test]
async fn lines_that_are_missing_doubled_exchanged_or_added_are_found() {
    let setup = Setup::new("log", 2, 50).await;
    let lines = setup.lines();
    let changes: [fn(&mut Vec<String>); 7] = [
        |lines| drop(lines.remove(20)),
        |lines| lines.insert(20, lines[20].clone()),
        |lines| lines.swap(1, 50),
        |lines| lines.push(lines[51].clone()),
        |lines| lines.push("{}".into()),
        |lines| lines[51] = lines[51].replace("\"commits\":50", "\"commits\":51"),
        |lines| lines[20] = String::new(),
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut changed = lines.clone();
        change(&mut changed);
        assert_ne!(changed, lines, "change {place}");
        setup.write(&changed);
        let error = setup.refused().await.to_string();
        assert!(error.contains("damaged at line") && error.contains("take another copy"), "{place}: {error}");
    }
}

#[tokio::test]
async fn a_file_of_another_kind_or_version_is_told_for_what_it_is() {
    let setup = Setup::new("log", 2, 50).await;
    let lines = setup.lines();
    for (first, says) in [
        (lines[0].replace("\"version\":1", "\"version\":9"), "of format version 9, and this program knows 1"),
        (lines[0].replace("tidings-log", "tidings-dog"), "is no export of a log"),
        (lines[0].replace("\"version\":1", "\"version\":\"x\""), "is no export of a log"),
        (lines[0].replace("\"partitions\":2", "\"partitions\":3"), "damaged at line 1"),
        (lines[0].replace("\"partitions\":2", "\"partitions\":0"), "damaged at line 1"),
        ("{\"a\":1}".into(), "is no export of a log"),
        ("text".into(), "is no export of a log"),
        ("x".repeat(100_000), "is no export of a log"),
    ] {
        let mut changed = lines.clone();
        changed[0] = first;
        setup.write(&changed);
        let error = setup.refused().await.to_string();
        assert!(error.contains(says), "{error}");
    }
    for (bytes, says) in [(&b""[..], "it is empty"), (&[0xff; 5_000], "is no export of a log")] {
        fs::write(&setup.file, bytes).unwrap();
        let error = setup.refused().await.to_string();
        assert!(error.contains(says), "{error}");
    }
    fs::remove_file(&setup.file).unwrap();
    assert!(setup.refused().await.to_string().contains("No such file"));
    fs::create_dir(&setup.file).unwrap();
    assert!(setup.refused().await.to_string().contains("directory"));
}

#[tokio::test]
async fn a_target_that_holds_something_else_is_left_as_it_is() {
    let setup = Setup::new("log", 2, 200).await;
    let mut other = setup.raw.clone();
    other.rewrite(Position::new(1, 3), |commit| commit.actor = uuid::Uuid::nil());
    let mut longer = setup.raw.clone();
    longer.append("lamp-1", vec![event("TurnedOn", "{}")]);
    for (raw, says) in [(other, "is another up to 1:"), (longer, "commits, and the file's log")] {
        let target = raw.log().await;
        let before = heads(&target).await;
        let error = import_into(&target, &setup.file).await.unwrap_err().to_string();
        assert!(error.contains("the target holds another log") && error.contains(says), "{error}");
        assert_eq!(heads(&target).await, before);
    }
}

#[tokio::test]
async fn a_log_that_is_not_as_it_was_written_is_not_exported() {
    let mut raw = Raw::random(2, 200);
    let at = Position::new(1, 7);
    raw.change(at, |commit| commit.actor = uuid::Uuid::nil());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.zst");
    let error = export_to(&file, &store_of(raw.log().await)).await.unwrap_err();
    assert!(matches!(error, ExportError::Flawed { position, .. } if position == at), "{error}");
    // The thread that writes the draft throws it away, a little later.
    let gone = async {
        while fs::read_dir(&folder).unwrap().count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.expect("no draft is left");
}

#[tokio::test]
async fn a_file_that_is_there_is_kept_unless_it_is_to_be_replaced() {
    let setup = Setup::new("log", 2, 20).await;
    let error = export_to(&setup.file, &setup.store).await.unwrap_err().to_string();
    assert!(error.contains("is there already") && error.contains("--overwrite"), "{error}");
    fs::write(&setup.file, "old").unwrap();
    fs::write(setup.folder.path().join("log.draft"), "what a killed export left".repeat(10_000)).unwrap();
    let now = Timestamp::from_millis(NOW);
    export(&setup.store, &setup.file, Overwrite::Yes, now, |_| {}).await.unwrap();
    import_into(&MemoryLog::new(2), &setup.file).await.unwrap();
    let nowhere = setup.folder.path().join("no/folder/log");
    assert!(export_to(&nowhere, &setup.store).await.unwrap_err().to_string().contains("No such file"));
}

#[tokio::test]
async fn streams_that_go_on_wrongly_and_commands_that_are_there_twice_are_refused() {
    let mut gap = Raw::new(2);
    for _ in 0..3 {
        gap.append("lamp-1", vec![event("TurnedOn", "{}")]);
    }
    let partition = gap.partition_of("lamp-1");
    let mut twice = gap.clone();
    let mut again = gap.clone();
    gap.rewrite(Position::new(partition, 3), |commit| commit.first_version = 4);
    again.rewrite(Position::new(partition, 3), |commit| commit.first_version = 2);
    let command = twice.partitions[usize::from(partition)][0].command;
    twice.rewrite(Position::new(partition, 3), |commit| commit.command = command);
    // The log in memory would not take all of them, so they are written into the file from one that minds nothing.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let refused = async |raw: Raw| {
        let _ = fs::remove_file(&file);
        export_to(&file, &store_of(raw.log_unchecked())).await.unwrap();
        import_into(&MemoryLog::new(2), &file).await.unwrap_err()
    };
    for (raw, says) in [
        (gap, "lamp-1 goes on at version 4 after version 2"),
        (again, "lamp-1 goes on at version 2 after version 2"),
    ] {
        let error = refused(raw).await.to_string();
        assert!(error.contains(says), "{error}");
    }
    let error = refused(twice).await;
    assert!(matches!(error, ImportError::Command { command: found, .. } if found == command), "{error}");
}

#[tokio::test]
async fn a_target_that_is_full_keeps_what_it_took_and_the_same_import_goes_on() {
    let setup = Setup::new("log", 2, 3_000).await;
    let target = SqliteLog::create_or_open(setup.folder.path().join("data"), 2).unwrap();
    target.limit_bytes(Some(300 << 10));
    let error = import_into(&target, &setup.file).await.unwrap_err();
    assert!(matches!(error, ImportError::Target(_)), "{error}");
    let taken: u64 = heads(&target).await.iter().map(|head| head.number).sum();
    assert!((1..3_000).contains(&taken), "{taken}");
    target.limit_bytes(None);
    assert_eq!(import_into(&target, &setup.file).await.unwrap().found, taken);
    target.close().await;
}
