//! Proves that a log is as it was written, and that this program can read all of it.

mod findings;
mod report;

use std::collections::BTreeMap;

use tidings_eventstore::{EventStore, PartitionReport, ReadError, VerifyError};
use tokio::sync::mpsc;

use self::findings::{Findings, shared};
pub use self::report::{LogReport, SharedCommands, Unreadable};
use crate::Progress;
use crate::side_by_side::side_by_side;

/// Reads the whole log and proves each partition ([`verify()`](tidings_eventstore::verify())): numbers and versions
/// without a gap, times in order, commands once in a partition, the chain of hashes; and that this program can read
/// every event; `workers` partitions at a time. What is wrong is in the report, and stops only its
/// own partition.
///
/// Memory: about 150 bytes for each stream and 40 for each commit of the partitions at hand, and 16 for each commit
/// of the log.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_replay::verify_log;
/// use tidings_world::System;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
/// let report = verify_log(&store, 2, |progress| eprintln!("{progress:?}")).await?;
/// assert!(report.is_sound());
/// assert_eq!(report.commits(), 0);
/// # Ok::<(), tidings_eventstore::ReadError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the log does not answer. Damage is no error, but in the report.
pub async fn verify_log(
    store: &EventStore,
    workers: usize,
    progress: impl FnMut(Progress),
) -> Result<LogReport, ReadError> {
    let (told, telling) = mpsc::unbounded_channel();
    let works =
        (0..store.partitions()).map(|partition| partition_of_log(store.clone(), partition, told.clone()));
    let mut findings = Findings::default();
    let mut partitions = BTreeMap::new();
    let proven = |(partition, proof, found)| {
        findings.merge(found);
        partitions.insert(partition, proof);
    };
    side_by_side(workers, works, telling, progress, proven, ReadError::Unavailable).await?;
    let Findings { unreadable, foreign, commands } = findings;
    Ok(LogReport {
        partitions: partitions.into_values().collect(),
        unreadable: unreadable.into_values().collect(),
        foreign,
        shared_commands: shared(commands),
    })
}

type Proof = Result<PartitionReport, VerifyError>;

async fn partition_of_log(
    store: EventStore,
    partition: u16,
    told: mpsc::UnboundedSender<Progress>,
) -> Result<(u16, Proof, Findings), ReadError> {
    let of = store.head(partition).await?.number;
    let mut findings = Findings::default();
    let progress = |done: u64| {
        // Who no longer listens needs not be told.
        let _ = told.send(Progress { work: "verify", partition, done, of: of.max(done) });
    };
    let proof = store.verify_each(partition, |commit| findings.take(commit), progress).await;
    match proof {
        Err(VerifyError::Unreadable(error @ ReadError::Unavailable(_))) => Err(error),
        proof => Ok((partition, proof, findings)),
    }
}
