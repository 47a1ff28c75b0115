//! The same on SQLite.

use std::sync::Arc;

use tidings_eventstore::SqliteLog;
use tidings_ledger::SqliteLedger;
use tidings_simulation::{Adapters, Plan, run, run_on};

/// Byte for byte: whatever befalls them, what log and ledger in files answer is what those in memory do.
#[test]
fn log_and_ledger_in_files_give_the_same_history_as_in_memory() {
    for seed in 1..=16 {
        let (folder, plan) = (tempfile::tempdir().unwrap(), Plan::of(seed));
        let log = Arc::new(SqliteLog::create_or_open(folder.path(), plan.partitions).unwrap());
        let ledger = Arc::new(SqliteLedger::create_or_open(folder.path()).unwrap());
        let on_sqlite =
            run_on(seed, &plan, Adapters { log, ledger }).unwrap_or_else(|failure| panic!("{failure}"));
        let in_memory = run(seed, &plan).unwrap_or_else(|failure| panic!("{failure}"));
        let (one, other) = (on_sqlite.history.lines(), in_memory.history.lines());
        let differs = one.zip(other).find(|(one, other)| one != other);
        assert!(on_sqlite.hash == in_memory.hash, "seed {seed}: {differs:#?}");
    }
}
