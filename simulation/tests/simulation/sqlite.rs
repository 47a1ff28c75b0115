//! The same on SQLite.

use std::sync::Arc;

use tidings_eventstore::SqliteLog;
use tidings_ledger::SqliteLedger;
use tidings_projections::sqlite::SqliteReadModel;
use tidings_simulation::{Adapters, Plan, Views};

use crate::support::{NO_STEP_BACK, same_history};

/// Whatever befalls them, what log and ledger in files answer is what those in memory do. Two of the seeds once did not: 22,
/// in which a command is promised that its client had waited for, and 198, which is long enough for a host to tidy.
#[test]
fn log_and_ledger_in_files_give_the_same_history_as_in_memory() {
    for seed in (1..=32).chain([198]) {
        let (folder, plan) = (tempfile::tempdir().unwrap(), Plan::of(seed));
        let log = Arc::new(SqliteLog::create_or_open(folder.path(), plan.partitions).unwrap());
        let ledger = Arc::new(SqliteLedger::create_or_open(folder.path()).unwrap());
        same_history(seed, &plan, Adapters { log, ledger, ..Adapters::in_memory(&plan) });
    }
}

#[test]
fn a_read_model_in_a_file_answers_and_holds_what_the_one_in_memory_does() {
    for seed in 1..=32 {
        let (folder, plan) = (tempfile::tempdir().unwrap(), Plan::of(seed).with(NO_STEP_BACK).unwrap());
        let model = SqliteReadModel::open(folder.path()).unwrap();
        let views = Views::new(model, |model, group| async move { model.moment(group).await });
        same_history(seed, &plan, Adapters { views: Some(views), ..Adapters::in_memory(&plan) });
    }
}
