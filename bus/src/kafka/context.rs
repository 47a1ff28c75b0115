//! What librdkafka tells by itself: for those who debug. What matters comes back as an error of a call.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;

/// A client that keeps quiet: brokers come and go, and whoever is held up by it says so itself.
pub(super) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, level: RDKafkaLogLevel, fac: &str, message: &str) {
        log(level, fac, message);
    }

    fn error(&self, cause: KafkaError, reason: &str) {
        error(&cause, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for Quiet {}

pub(super) fn log(level: RDKafkaLogLevel, fac: &str, message: &str) {
    tracing::debug!(?level, fac, message, "librdkafka");
}

pub(super) fn error(cause: &KafkaError, reason: &str) {
    tracing::debug!(%cause, reason, "librdkafka");
}
