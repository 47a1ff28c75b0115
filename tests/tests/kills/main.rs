//! Killed again and again in the middle of an import: nothing that was acknowledged is lost, nothing is there
//! twice or in part, and at the end all is as if nothing had happened.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod import;

use std::time::Duration;

use tidings_tests::{Process, Rand, Tables, Tidings, audit, folder, history, log_of};
use tokio::time::sleep;

use crate::import::Import;

const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_during_an_import_change_nothing() {
    let (history, undisturbed) = (history(), folder());
    let mut import = Import::new(&history);
    let tidings = Tidings::start(undisturbed.path()).await;
    import.go_on(&tidings).await;
    assert!(import.is_done());
    let (log, expected) = audit(undisturbed.path(), &import.ledger).await;
    assert_eq!(log.len(), import.ledger.count());
    drop(tidings);

    let (data, mut chance) = (folder(), Rand::from_environment("KILLS_SEED", "moments of the kills"));
    let mut import = Import::new(&history);
    for kill in 1..=KILLS {
        if kill % 5 == 0 {
            // While it starts.
            let mut process = Process::start(Tidings::command(data.path()));
            sleep(Duration::from_millis(chance.below(100))).await;
            process.kill();
        } else {
            let mut tidings = Tidings::start(data.path()).await;
            let (least, more) = ((kill - 1) * history.len() / KILLS, history.len() / KILLS);
            let acknowledged = least + chance.below(more as u64) as usize;
            let delay = Duration::from_micros(chance.below(20_000));
            import.go_on_until(&tidings, acknowledged, delay).await;
            tidings.process.kill();
        }
        let log = log_of(data.path()).await;
        import.assert_whole(&log);
        eprintln!("kill {kill}: {} acknowledged, {} in the log", import.ledger.count(), log.len());
    }
    let tidings = Tidings::start(data.path()).await;
    import.go_on(&tidings).await;
    assert!(import.is_done());
    let (log, tables) = audit(data.path(), &import.ledger).await;
    assert_eq!(log.len(), import.ledger.count(), "nothing is there that was never acknowledged");
    // The host's own times, and the places that commits found in the log, are another run's.
    let same = |tables: &Tables| tables.leave_out(&["recorded_at"]).without("checkpoints");
    same(&expected).assert_same(&same(&tables), "an undisturbed run and one of twenty kills");
}
