//! Waiting for a condition, with a limit.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take before a test fails; far more than it ever does.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within [`LIMIT`].
pub async fn until<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(LIMIT, what, ask).await
}

/// As [`until`], with another limit.
///
/// # Panics
/// When there is no answer within it.
pub async fn until_within<T>(limit: Duration, what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < end, "in {limit:?} it did not come to this: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}
