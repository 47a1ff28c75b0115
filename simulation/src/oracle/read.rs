//! Promise 9: a read that names a position is answered by a read model that has seen it, or not at all; and in
//! calm weather soon.

use std::time::Duration;

use tidings_domain::Position;
use tokio::time::Instant;

use super::rows::rows_right;
use crate::Weather;
use crate::stage::Stage;
use crate::totals;

/// How long a reader waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads what a client has just been told was done.
pub(crate) async fn read_after(stage: &Stage, name: &str, after: Position) {
    let asked = Instant::now();
    loop {
        let seen =
            stage.model.memory.snapshot(totals::NAME).is_ok_and(|snapshot| snapshot.has_seen(&[after]));
        if seen {
            stage.note(format_args!("{name} reads after {after}"));
            stage.count_check("reads after a write");
            return rows_right(stage);
        }
        if asked.elapsed() >= PATIENCE {
            stage.note(format_args!("{name} reads after {after}: not yet"));
            stage.count_answer("not yet");
            if stage.plan.weather == Weather::Calm {
                stage.wrong(format!("{after} is not in the read model after {PATIENCE:?} without a fault"));
            }
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
