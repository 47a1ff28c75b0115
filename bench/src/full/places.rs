//! Fresh places on the servers: a database, topics, another database, all under one name, and gone afterwards.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::types::RDKafkaErrorCode;
use tidings_bus::KafkaBus;
use tidings_eventstore::{MongoLog, MongoUrl};
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::Failure;
use crate::event::PARTITIONS;

/// Where the servers are.
pub(crate) struct Servers {
    pub(crate) mongodb: String,
    /// Empty where it is not needed.
    pub(crate) kafka: String,
    pub(crate) postgres: String,
}

/// A place of one measurement.
pub(crate) struct Place<'a> {
    servers: &'a Servers,
    name: String,
}

impl Servers {
    /// Lets a measurement work in a fresh place, and removes it, however the measurement ended.
    pub(crate) fn fresh<T>(
        &self,
        runtime: &Runtime,
        work: impl FnOnce(&Place<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let place = Place { servers: self, name: format!("tidings_bench_{}", Uuid::now_v7().simple()) };
        let done = work(&place);
        let removed = runtime.block_on(place.remove());
        let done = done?;
        removed?;
        Ok(done)
    }
}

impl Place<'_> {
    /// The database of the log, and of all else on MongoDB.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The server of MongoDB, with no database in its URL.
    pub(crate) fn mongodb(&self) -> &str {
        &self.servers.mongodb
    }

    /// `--store`.
    pub(crate) fn store(&self) -> String {
        with_path(&self.servers.mongodb, &self.name)
    }

    /// `--bus`.
    pub(crate) fn bus(&self) -> String {
        format!("kafka://{}/{}", self.servers.kafka, self.name)
    }

    /// `--views`.
    pub(crate) fn views(&self) -> String {
        with_path(&self.servers.postgres, &self.name)
    }

    /// The log, made where it is not there.
    pub(crate) async fn log(&self) -> Result<MongoLog, Failure> {
        Ok(MongoLog::connect(&self.store().parse::<MongoUrl>()?, PARTITIONS).await?)
    }

    /// A topic that is there, as the bus; `suffix` tells it from others of this place.
    pub(crate) async fn topic(&self, suffix: &str) -> Result<KafkaBus, Failure> {
        let bus = KafkaBus::new(&self.servers.kafka, &self.topic_name(suffix), PARTITIONS);
        bus.check().await?;
        Ok(bus)
    }

    /// Its name.
    pub(crate) fn topic_name(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.name)
    }

    /// What a client of Kafka begins with.
    pub(crate) fn kafka(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.servers.kafka);
        config
    }

    /// The database of the read models, made now, and a connection to it.
    pub(crate) async fn make_views(&self) -> Result<Client, Failure> {
        let admin = connect(&self.servers.postgres).await?;
        admin.batch_execute(&format!("CREATE DATABASE {}", self.name)).await?;
        connect(&self.views()).await
    }

    /// Removes what is there of it.
    async fn remove(&self) -> Result<(), Failure> {
        let client = mongodb::Client::with_uri_str(&self.servers.mongodb).await?;
        client.database(&self.name).drop().await?;
        let admin = connect(&self.servers.postgres).await?;
        admin.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await?;
        if self.servers.kafka.is_empty() {
            return Ok(());
        }
        let admin: AdminClient<DefaultClientContext> = self.kafka().create()?;
        let topics = SUFFIXES.map(|suffix| self.topic_name(suffix));
        for answer in
            admin.delete_topics(&topics.each_ref().map(String::as_str), &AdminOptions::new()).await?
        {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => {}
                Err((topic, code)) => return Err(format!("topic {topic} cannot be deleted: {code}").into()),
            }
        }
        Ok(())
    }
}

/// What topics of a place may end with.
const SUFFIXES: [&str; 2] = ["", BARE];

/// The topic that a bare producer writes.
pub(crate) const BARE: &str = "-bare";

async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

/// A URL with another path: the database.
fn with_path(url: &str, path: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, None), |(place, options)| (place, Some(options)));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let place = place[authority..].find('/').map_or(place, |slash| &place[..authority + slash]);
    options.map_or_else(|| format!("{place}/{path}"), |options| format!("{place}/{path}?{options}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_takes_the_place_of_the_path() {
        for (url, with) in [
            ("mongodb://h:1/?directConnection=true", "mongodb://h:1/x?directConnection=true"),
            ("mongodb://h:1", "mongodb://h:1/x"),
            ("postgres://p@h:1/postgres", "postgres://p@h:1/x"),
        ] {
            assert_eq!(with_path(url, "x"), with);
        }
    }
}
