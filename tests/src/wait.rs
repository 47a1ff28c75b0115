//! Waiting for a condition, with a limit.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take before a test fails; far more than it ever does.
pub const LIMIT: Duration = Duration::from_secs(120);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within [`LIMIT`].
pub async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "in {LIMIT:?} it did not come to this: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
