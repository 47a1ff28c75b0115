//! What librdkafka says, as what to do about it.

use rdkafka::error::KafkaError;

use crate::BusError;

/// It did not work this time.
pub(super) fn unavailable(what: &str, cause: impl std::fmt::Display) -> BusError {
    BusError::Unavailable(format!("{what}: {cause}"))
}

/// A client could not be made: only a setting can be wrong.
pub(super) fn no_client(cause: KafkaError) -> BusError {
    BusError::Unfit(format!("the Kafka client cannot be started: {cause}"))
}

/// Runs what waits for brokers off the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BusError> + Send + 'static,
) -> Result<T, BusError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(cause) => Err(unavailable("a Kafka client stopped", cause)),
    }
}
