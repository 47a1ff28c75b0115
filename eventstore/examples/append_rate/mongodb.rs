//! The log on MongoDB, and the driver's bare inserts of the same documents into collections with the same indexes.

use std::error::Error;
use std::time::{Duration, Instant};

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc};
use mongodb::options::{Acknowledgment, IndexOptions, WriteConcern};
use mongodb::{Client, Collection, IndexModel};
use tidings_eventstore::{MongoLog, MongoUrl};
use tidings_world::{System, World};

use crate::load::{self, all};
use crate::report::{Cpu, report};

/// As many collections, or partitions.
const SIDE_BY_SIDE: usize = 8;

pub async fn run(url: &str, time: Duration) -> Result<(), Box<dyn Error>> {
    for (clients, bare_collections, bare_batch) in
        [(1, 1, 1), (256, SIDE_BY_SIDE, 32), (4_096, SIDE_BY_SIDE, 500)]
    {
        let bare = bare(url, bare_collections, bare_batch, time).await?;
        let url = on_database(url, &format!("tidings-rate-{}", System::new().id().simple()));
        let parsed: MongoUrl = url.parse()?;
        let log = MongoLog::connect(&parsed, SIDE_BY_SIDE as u16).await?;
        let rate = load::store(log, clients, time).await?;
        println!(
            "{:<40} {:>10.2}",
            format!("{clients} callers to bare {bare_collections} x {bare_batch}"),
            rate / bare
        );
        Client::with_uri_str(&url).await?.database(parsed.database()).drop().await?;
    }
    Ok(())
}

/// So many collections, each with one ordered `insert_many` of so many documents in flight.
async fn bare(url: &str, collections: usize, batch: usize, time: Duration) -> Result<f64, Box<dyn Error>> {
    let client = Client::with_uri_str(url).await?;
    let database = client.database(&format!("tidings-rate-{}", System::new().id().simple()));
    let mut all_collections = Vec::new();
    for place in 0..collections {
        let collection: Collection<Document> = database.collection(&format!("commits_{place}"));
        let unique = || IndexOptions::builder().unique(true).build();
        let keys = [doc! { "stream": 1, "first_version": 1 }, doc! { "command": 1 }];
        let indexes = keys.map(|keys| IndexModel::builder().keys(keys).options(unique()).build());
        collection.create_indexes(indexes).await?;
        all_collections.push(collection);
    }
    let (start, cpu) = (Instant::now(), Cpu::now());
    let writer = |collection: Collection<Document>| async move {
        let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        let (mut latencies, mut number) = (Vec::new(), 0);
        while start.elapsed() < time {
            let begin = Instant::now();
            let documents: Vec<_> = (0..batch as i64).map(|n| document(number + n)).collect();
            number += batch as i64;
            let done = match &documents[..] {
                [one] => collection.insert_one(one).write_concern(concern.clone()).await.map(drop),
                many => collection.insert_many(many).write_concern(concern.clone()).await.map(drop),
            };
            done.map_err(|e| e.to_string())?;
            latencies.extend(std::iter::repeat_n(begin.elapsed(), batch));
        }
        Ok(latencies)
    };
    let latencies = all(all_collections.into_iter().map(writer)).await?;
    let rate = report(&format!("bare inserts, {collections} x {batch}"), latencies, start.elapsed(), &cpu);
    database.drop().await?;
    Ok(rate)
}

/// A document as the log's.
fn document(number: i64) -> Document {
    let id = System::new().id();
    let uuid = || Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() };
    let data = format!(r#"{{"post":"{id}","text":"{}"}}"#, "x".repeat(345));
    doc! {
        "_id": number, "stream": format!("post-{id}"), "first_version": 1_i64, "last_version": 1_i64,
        "events": [{ "type": "PostCreated", "schema": 1, "data": data }],
        "id": uuid(), "command": uuid(), "correlation": uuid(), "actor": uuid(),
        "recorded_at": DateTime::now(), "hash": Binary { subtype: BinarySubtype::Generic, bytes: vec![7; 32] },
    }
}

/// The URL with this database as its path.
fn on_database(url: &str, database: &str) -> String {
    let (hosts, options) = url.split_once('?').unwrap_or((url, ""));
    let (scheme, rest) = hosts.split_once("://").unwrap_or(("mongodb", hosts));
    let hosts = rest.split('/').next().unwrap_or(rest);
    format!("{scheme}://{hosts}/{database}?{options}")
}
