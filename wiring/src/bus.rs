//! `--bus`.

use std::fmt;
use std::future::pending;
#[cfg(feature = "kafka")]
use std::net::Ipv6Addr;
#[cfg(feature = "kafka")]
use std::num::NonZeroU16;
use std::str::FromStr;
use std::sync::Arc;

use tidings_bus::{Bus, LocalBus};

use crate::url::{UrlError, refuse};
use crate::{Boxed, StartError};

/// Which bus runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusUrl {
    /// `local`: within this process; readers in other processes look at the store.
    Local,
    /// `kafka://HOST:PORT[,HOST:PORT…][/TOPIC]`: a topic of Kafka.
    #[cfg(feature = "kafka")]
    Kafka {
        /// Brokers by which the others are found: `HOST:PORT`, several with commas.
        servers: String,
        /// The topic.
        topic: String,
    },
}

/// The topic where the URL names none.
#[cfg(feature = "kafka")]
const TOPIC: &str = "tidings";

/// A bus that is there, or will be.
pub struct OpenBus {
    /// The bus.
    pub bus: Arc<dyn Bus>,
    /// Ends where the bus is found not to fit the log; the error says what to do. Let it run beside what uses the bus.
    pub unfit: Boxed<StartError>,
}

impl BusUrl {
    /// The bus of a log with so many partitions. Nobody waits for a Kafka that does not answer: it is never needed
    /// for what is right, only for what is fast.
    #[cfg_attr(not(feature = "kafka"), allow(unused_variables))]
    pub fn open(&self, partitions: u16) -> OpenBus {
        match self {
            Self::Local => OpenBus { bus: Arc::new(LocalBus::default()), unfit: Box::pin(pending()) },
            #[cfg(feature = "kafka")]
            Self::Kafka { servers, topic } => {
                let bus = Arc::new(tidings_bus::KafkaBus::new(servers, topic, partitions));
                OpenBus { bus: bus.clone(), unfit: Box::pin(unfit(bus)) }
            }
        }
    }
}

/// Why a topic is not one for the log, if it is not.
#[cfg(feature = "kafka")]
async fn unfit(bus: Arc<tidings_bus::KafkaBus>) -> StartError {
    match bus.check().await {
        Err(error @ tidings_bus::BusError::Unfit(_)) => return StartError::new(error),
        Err(error) => tracing::warn!("{error}; going on without it until it answers"),
        Ok(()) => {}
    }
    pending().await
}

impl FromStr for BusUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        const WHAT: &str = "bus";
        match url.split_once("://") {
            _ if url == "local" => Ok(Self::Local),
            #[cfg(feature = "kafka")]
            Some(("kafka", rest)) => kafka(WHAT, rest),
            #[cfg(feature = "kafka")]
            _ => Err(refuse(WHAT, url, "known are local and kafka://HOST:PORT/TOPIC")),
            #[cfg(not(feature = "kafka"))]
            Some(("kafka", _)) => Err(refuse(WHAT, "kafka://…", "this program was built without Kafka")),
            #[cfg(not(feature = "kafka"))]
            _ => Err(refuse(WHAT, url, "known is local")),
        }
    }
}

#[cfg(feature = "kafka")]
fn kafka(what: &'static str, rest: &str) -> Result<BusUrl, UrlError> {
    let fail = |why: &str| Err(refuse(what, &format!("kafka://{rest}"), why));
    if rest.contains('@') {
        return fail("it takes no user or password: brokers are reached in plain text only");
    }
    let (servers, topic) = rest.split_once('/').unwrap_or((rest, ""));
    let with_port = |server: &str| {
        server
            .rsplit_once(':')
            .is_some_and(|(host, port)| is_host(host) && port.parse::<NonZeroU16>().is_ok())
    };
    if !servers.split(',').all(with_port) {
        return fail("it names no brokers; write kafka://HOST:PORT/TOPIC, several HOST:PORT with commas");
    }
    let topic = if topic.is_empty() { TOPIC } else { topic };
    let fits = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if topic.len() > 249 || !topic.chars().all(fits) || [".", ".."].contains(&topic) {
        return fail("a topic's name has at most 249 of a-z A-Z 0-9 . _ -");
    }
    Ok(BusUrl::Kafka { servers: servers.to_owned(), topic: topic.to_owned() })
}

/// A name or an address; one of IPv6 stands in brackets.
#[cfg(feature = "kafka")]
fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(address) => address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => !host.is_empty() && host.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c)),
    }
}

impl fmt::Display for BusUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            #[cfg(feature = "kafka")]
            Self::Kafka { servers, topic } => write!(f, "kafka://{servers}/{topic}"),
        }
    }
}

#[cfg(all(test, feature = "kafka"))]
mod tests {
    use super::*;

    #[test]
    fn a_kafka_url_names_brokers_and_a_topic() {
        for (url, same) in [
            ("kafka://one:9092", "kafka://one:9092/tidings"),
            ("kafka://one:9092/", "kafka://one:9092/tidings"),
            ("kafka://one:9092,two:9093/social.events", "kafka://one:9092,two:9093/social.events"),
            ("kafka://[::1]:9092/social", "kafka://[::1]:9092/social"),
            ("local", "local"),
        ] {
            assert_eq!(url.parse::<BusUrl>().unwrap().to_string(), same);
        }
    }

    #[test]
    fn what_is_no_kafka_url_is_refused_with_what_to_write() {
        for url in ["kafka://", "kafka:///topic", "kafka://one", "kafka://one:x/t", "kafka://one:1,/t"] {
            let error = url.parse::<BusUrl>().unwrap_err().to_string();
            assert!(error.contains("kafka://HOST:PORT/TOPIC"), "{error}");
        }
        assert!("kafka://one:1/a/b".parse::<BusUrl>().unwrap_err().to_string().contains("a topic's name"));
        assert!(
            "nats://one:1".parse::<BusUrl>().unwrap_err().to_string().contains("kafka://HOST:PORT/TOPIC")
        );
    }

    #[test]
    fn a_password_in_a_url_is_never_repeated() {
        let error = "kafka://ann:s3cret@one:9092/t".parse::<BusUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}
