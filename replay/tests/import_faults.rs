//! Whatever the target does, an import ends with the log of the file or says that it did not.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use log::{Raw, event, store_of};
use tempfile::TempDir;
use tidings_domain::Timestamp;
use tidings_eventstore::conformance::{Faults, Faulty, Layer, Layered};
use tidings_eventstore::{Batch, InsertError, Log, MemoryLog};
use tidings_replay::{ImportError, ImportOptions, Overwrite, export, import};
use tidings_world::Seeded;

async fn file_of(raw: &Raw) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    let now = Timestamp::from_millis(0);
    export(&store_of(raw.log().await), &file, Overwrite::No, now, |_| {}).await.unwrap();
    (folder, file)
}

async fn is_whole(target: &MemoryLog, raw: &Raw) -> bool {
    let (original, mut same) = (raw.log().await, true);
    for partition in 0..original.shape().partitions {
        same &= target.head(partition).await == original.head(partition).await;
    }
    same
}

#[tokio::test]
async fn a_target_that_refuses_loses_doubts_and_is_late_gets_every_commit_once() {
    let raw = Raw::random(3, 1_000);
    let (_folder, file) = file_of(&raw).await;
    for seed in 0..20 {
        let target = MemoryLog::new(3);
        let faults = Faults {
            refused: 50,
            lost: 50,
            stored: 50,
            part: 100,
            late: 100,
            unreadable: 50,
            ..Faults::default()
        };
        let world = Arc::new(Seeded::new(seed));
        let faulty = Faulty::new(Arc::new(target.clone()), world, Faults::default());
        faulty.set(faults);
        let options = ImportOptions { batch: 20, patience: Duration::ZERO };
        // Without patience each fault ends it, and it is called again.
        let mut calls = 0;
        loop {
            calls += 1;
            match import(&file, &faulty, options, |_| {}).await {
                Ok(imported) => break assert_eq!((imported.commits, imported.same), (1_000, true)),
                Err(ImportError::Target(_) | ImportError::Read(_)) => {}
                Err(error) => panic!("seed {seed}: {error}"),
            }
        }
        assert!(calls > 3, "faults were met");
        faulty.heal().await;
        assert!(is_whole(&target, &raw).await, "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_target_that_fails_for_a_while_is_waited_for() {
    let raw = Raw::random(3, 1_000);
    let (_folder, file) = file_of(&raw).await;
    let target = MemoryLog::new(3);
    let world = Arc::new(Seeded::new(1));
    let faulty = Faulty::new(Arc::new(target.clone()), world, Faults::default());
    faulty.set(Faults { refused: 300, part: 300, late: 200, ..Faults::default() });
    let options = ImportOptions { batch: 20, patience: Duration::from_secs(3_600) };
    import(&file, &faulty, options, |_| {}).await.unwrap();
    assert!(is_whole(&target, &raw).await);
}

#[tokio::test]
async fn another_writer_is_noticed_wherever_it_writes() {
    let raw = Raw::random(2, 1_000);
    let (_folder, file) = file_of(&raw).await;
    let half = |partition: usize| raw.partitions[partition].len() / 2;
    for partition in [0, 1] {
        let target = MemoryLog::new(2);
        // A commit of its own, as soon as the import has come half the way.
        let mut other = raw.clone();
        other.partitions[partition].truncate(half(partition));
        let stream =
            (0..).map(|n| format!("lamp-{n}")).find(|s| usize::from(raw.partition_of(s)) == partition);
        other.append(&stream.unwrap(), vec![event("TurnedOn", "{}")]);
        let commit = other.partitions[partition].last().unwrap().clone();
        let at = commit.position;
        let batch = Batch { partition: at.partition, commits: vec![Arc::new(commit)] };
        let intruder = Layered(Intruder { log: target.clone(), batch });
        let options = ImportOptions { batch: 10, patience: Duration::ZERO };
        let error = import(&file, &intruder, options, |_| {}).await.unwrap_err();
        assert!(matches!(error, ImportError::Conflict { position } if position == at), "{error}");
        assert!(error.to_string().contains("another program writes to the target"), "{error}");
    }
}

/// A log to which somebody appends as soon as there is room for it.
struct Intruder {
    log: MemoryLog,
    batch: Batch,
}

#[async_trait::async_trait]
impl Layer for Intruder {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }
    async fn insert(&self, batches: &[Batch]) -> Result<Vec<usize>, InsertError> {
        let first = self.batch.commits[0].position;
        // A batch that would reach beyond it comes too late for a part of itself.
        for batch in batches.iter().filter(|batch| batch.partition == first.partition) {
            let before: Vec<_> =
                batch.commits.iter().filter(|c| c.position.number < first.number).cloned().collect();
            if before.len() < batch.commits.len() {
                if !before.is_empty() {
                    self.log.insert(&[Batch { partition: first.partition, commits: before }]).await?;
                }
                self.log.insert(std::slice::from_ref(&self.batch)).await?;
            }
        }
        self.log.insert(batches).await
    }
}
