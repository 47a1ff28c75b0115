//! Trying again where the session was at fault.

use super::failure::Failure;

/// How often a call is tried on another connection, or for another generation.
const TRIES: usize = 3;

/// Makes a call; again where it failed for its session alone, a few times.
pub(super) async fn retried<T, F>(call: impl Fn() -> F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    for _ in 1..TRIES {
        match call().await {
            Err(failure) if failure.is_of_the_session() => {}
            done => return done,
        }
    }
    call().await
}
