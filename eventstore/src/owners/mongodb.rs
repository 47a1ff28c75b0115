//! Leases in MongoDB: a document a host, in the log's database.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::{Document, doc};
use mongodb::options::ReplaceOptions;
use mongodb::{Collection, Database};
use uuid::Uuid;

use super::{Lease, LeaseError, Leases};
use crate::mongodb::within;

/// In the collection `hosts`: `{_id: host, address, relays, beat, settings}`. Each document has one writer, so it takes nothing of the
/// server but that a replaced document is seen; `_id` is text, which people can read in a shell.
#[derive(Clone, Debug)]
pub struct MongoLeases(Collection<Document>);

/// How long a call waits for the server. A renewal that is later is of no use.
const PATIENCE: Duration = Duration::from_secs(2);

impl MongoLeases {
    /// In this database, which is the log's.
    pub fn new(database: &Database) -> Self {
        Self(database.collection("hosts"))
    }
}

async fn in_time<T>(call: impl Future<Output = mongodb::error::Result<T>>) -> Result<T, LeaseError> {
    within(PATIENCE, call).await.map_err(|failure| LeaseError(failure.to_string()))
}

#[async_trait]
impl Leases for MongoLeases {
    async fn renew(&self, lease: &Lease) -> Result<(), LeaseError> {
        let host = lease.host.to_string();
        // A beat only has to differ from the last one; BSON knows no unsigned numbers.
        let beat = lease.beat.cast_signed();
        let settings = lease.settings.to_string();
        let document = doc! {
            "_id": &host, "address": &lease.address, "relays": lease.relays, "beat": beat, "settings": settings,
        };
        let options = ReplaceOptions::builder().upsert(true).build();
        in_time(async { self.0.replace_one(doc! { "_id": host }, document).with_options(options).await })
            .await?;
        Ok(())
    }

    async fn end(&self, host: Uuid) -> Result<(), LeaseError> {
        in_time(async { self.0.delete_one(doc! { "_id": host.to_string() }).await }).await?;
        Ok(())
    }

    async fn all(&self) -> Result<Vec<Lease>, LeaseError> {
        let read = async {
            let mut found = self.0.find(doc! {}).await?;
            let mut leases = Vec::new();
            while found.advance().await? {
                leases.push(found.deserialize_current()?);
            }
            Ok(leases)
        };
        Ok(in_time(read).await?.iter().filter_map(lease).collect())
    }
}

/// None where it is no lease: what somebody else wrote there, or a program of another version, hides no lease that is.
fn lease(document: &Document) -> Option<Lease> {
    let read = || {
        let host = document.get_str("_id").ok()?.parse().ok()?;
        let address = document.get_str("address").ok()?.to_owned();
        let beat = document.get_i64("beat").ok()?.cast_unsigned();
        let settings = document.get_str("settings").ok()?.parse().ok()?;
        let relays = document.get_bool("relays").ok()?;
        Some(Lease { host, address, relays, beat, settings })
    };
    let lease = read();
    if lease.is_none() {
        tracing::debug!("a document of `hosts` is no lease: {:?}", document.get("_id"));
    }
    lease
}
