//! The topic: made where there is none, and held against the log.

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafkaRespErr;

use super::config::{ASK, MAX_RECORD_BYTES};
use super::context::Quiet;
use super::error::{blocking, unavailable};
use super::retiring::Retiring;
use super::{Topic, config, error};
use crate::BusError;

/// Makes the topic where there is none, and checks that it is one for this log.
pub(super) async fn ensure(topic: &Topic) -> Result<(), BusError> {
    let partitions = match partitions(topic).await? {
        Some(partitions) => partitions,
        None => {
            create(topic).await?;
            created(topic).await?
        }
    };
    if partitions != usize::from(topic.partitions) {
        return Err(BusError::Unfit(format!(
            "topic `{}` has {partitions} partitions and the log {}, and each partition of the log is one of the \
             topic; name another topic in --bus, or delete this one (it is made anew, with what the log holds)",
            topic.name, topic.partitions
        )));
    }
    check_settings(topic).await
}

/// The number of partitions of a topic that was made a moment ago, as soon as brokers know of it.
async fn created(topic: &Topic) -> Result<usize, BusError> {
    for _ in 0..20 {
        if let Some(partitions) = partitions(topic).await? {
            return Ok(partitions);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(unavailable("the topic", "it is not there yet"))
}

/// The number of partitions that the topic has now; none where there is no such topic.
async fn partitions(topic: &Topic) -> Result<Option<usize>, BusError> {
    let topic = topic.clone();
    blocking(move || {
        // Not a producer, which could have the brokers make the topic in a shape of their own.
        let reader: BaseConsumer<Quiet> = topic.reader()?;
        let metadata = reader
            .fetch_metadata(Some(&topic.name), ASK)
            .map_err(|cause| unavailable(&format!("no broker of {} answers", topic.servers), cause))?;
        let found = metadata.topics().first().filter(|found| found.name() == topic.name);
        match found.map(|found| (found.error(), found.partitions().len())) {
            Some((None, partitions)) => Ok(Some(partitions)),
            None | Some((Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), _)) => Ok(None),
            Some((Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION), _)) => Err(BusError::Unfit(
                format!("`{}` is no name for a topic: at most 249 of a-z A-Z 0-9 . _ -", topic.name),
            )),
            Some((Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), _)) => {
                Err(BusError::Unfit(format!("the right to describe topic `{}` is missing", topic.name)))
            }
            Some((Some(code), _)) => {
                Err(unavailable(&format!("topic `{}`", topic.name), RDKafkaErrorCode::from(code)))
            }
        }
    })
    .await
}

async fn create(topic: &Topic) -> Result<(), BusError> {
    let (admin, options) = admin(topic)?;
    let size = MAX_RECORD_BYTES.to_string();
    let partitions = i32::from(topic.partitions);
    let new = NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(-1))
        .set("cleanup.policy", "delete")
        .set("max.message.bytes", &size);
    let answers = admin.create_topics([&new], &options).await;
    let answers = answers.map_err(|cause| unavailable("the topic cannot be made", cause))?;
    match answers.into_iter().next() {
        None | Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((
            _,
            code @ (RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::InvalidTopic),
        ))) => Err(BusError::Unfit(format!(
            "topic `{}` is not there and cannot be made ({code}): make it with {partitions} partitions, \
                 cleanup.policy=delete and max.message.bytes={size}",
            topic.name
        ))),
        Some(Err((_, code))) => Err(unavailable(&format!("topic `{}` cannot be made", topic.name), code)),
    }
}

/// Settings under which records would be lost or refused. Where they may not be read, they are taken to be right.
async fn check_settings(topic: &Topic) -> Result<(), BusError> {
    let (admin, options) = admin(topic)?;
    let answers = admin.describe_configs([&ResourceSpecifier::Topic(&topic.name)], &options).await;
    let Some(Ok(settings)) = answers.ok().and_then(|answers| answers.into_iter().next()) else {
        return Ok(());
    };
    let value = |name: &str| settings.get(name).and_then(|entry| entry.value.clone()).unwrap_or_default();
    let (policy, size) = (value("cleanup.policy"), value("max.message.bytes"));
    let wrong = |what: String| Err(BusError::Unfit(format!("topic `{}` has {what}", topic.name)));
    if policy.contains("compact") {
        return wrong(format!(
            "cleanup.policy={policy}, which throws away all but the last event of a stream; set cleanup.policy=delete"
        ));
    }
    if size.parse().is_ok_and(|size: usize| size < MAX_RECORD_BYTES) {
        return wrong(format!(
            "max.message.bytes={size}, and an event of the log may be larger; set it to {MAX_RECORD_BYTES}"
        ));
    }
    Ok(())
}

fn admin(topic: &Topic) -> Result<(Retiring<AdminClient<Quiet>>, AdminOptions), BusError> {
    let admin = config::admin(&topic.servers).create_with_context(Quiet).map_err(error::no_client)?;
    Ok((Retiring::new(admin), AdminOptions::new().request_timeout(Some(ASK)).operation_timeout(Some(ASK))))
}
