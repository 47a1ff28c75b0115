//! Removes what is old, a little at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Recorder;

/// How often it is looked for, and how long to wait between two lots, so that commands come between them.
const EVERY: Duration = Duration::from_secs(60);
const BETWEEN: Duration = Duration::from_millis(20);

/// The most that is removed in one transaction.
const LOT: u32 = 500;

/// Tidies for ever.
pub(super) async fn run(recorder: Arc<Recorder>) {
    let Recorder { ledger, clock, options, .. } = &*recorder;
    loop {
        sleep(EVERY).await;
        loop {
            let removed = recorder
                .ask(Instant::now(), ledger.remove(options.retention, LOT, clock.now()))
                .await
                .unwrap_or(0);
            let expired = recorder.ask(Instant::now(), ledger.expire(LOT, clock.now())).await.unwrap_or(0);
            if removed.max(expired) < u64::from(LOT) {
                break;
            }
            sleep(BETWEEN).await;
        }
    }
}
