//! The limit of appends: the driver's inserts of the same documents into collections with the same indexes, with the
//! same promise: majority and journal.

use std::time::{Duration, Instant};

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc};
use mongodb::options::{Acknowledgment, IndexOptions, WriteConcern};
use mongodb::{Client, Collection, Database, IndexModel};
use tidings_domain::{PostId, UserId};
use uuid::Uuid;

use super::places::Place;
use crate::Failure;
use crate::event::created;
use crate::sample::{Latencies, Sample};

/// How it is done: so many collections, each with one insert of so many documents under way.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) collections: usize,
    pub(crate) together: usize,
}

/// The name of a figure.
pub(crate) fn name(shape: Shape) -> String {
    format!("bare inserts, {} x {}", shape.collections, shape.together)
}

/// Inserts for a time. The rate is in documents, the latencies are those of whole inserts.
pub(crate) async fn inserts(place: &Place<'_>, shape: Shape, time: Duration) -> Result<Sample, Failure> {
    let client = Client::with_uri_str(place.mongodb()).await?;
    let database = client.database(place.name());
    let mut collections = Vec::new();
    for number in 0..shape.collections {
        let collection: Collection<Document> = database.collection(&format!("bare_{number}"));
        let unique = || IndexOptions::builder().unique(true).build();
        for keys in [doc! { "stream": 1, "first_version": 1 }, doc! { "command": 1 }] {
            let index = IndexModel::builder().keys(keys).options(unique()).build();
            collection.create_index(index).await?;
        }
        collections.push(collection);
    }
    let started = Instant::now();
    let loops: Vec<_> = collections
        .into_iter()
        .map(|collection| tokio::spawn(one(collection, shape.together, started + time)))
        .collect();
    let mut latencies = Latencies::new();
    for one in loops {
        latencies.add(&one.await??);
    }
    Ok(latencies.sample(started.elapsed(), shape.together))
}

async fn one(
    collection: Collection<Document>,
    together: usize,
    end: Instant,
) -> Result<Latencies, mongodb::error::Error> {
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let (mut latencies, mut number) = (Latencies::new(), 0);
    let mut now = Instant::now();
    while now < end {
        let documents: Vec<_> = (0..together).map(|n| document(number + n as i64)).collect();
        number += together as i64;
        match &documents[..] {
            [one] => drop(collection.insert_one(one).write_concern(concern.clone()).await?),
            many => drop(collection.insert_many(many).write_concern(concern.clone()).await?),
        }
        let done = Instant::now();
        latencies.record(done - now);
        now = done;
    }
    Ok(latencies)
}

/// A document as the log has them.
fn document(number: i64) -> Document {
    let id = Uuid::now_v7();
    let uuid = || Binary { subtype: BinarySubtype::Uuid, bytes: id.as_bytes().to_vec() };
    let event = created(PostId(id), UserId(id));
    doc! {
        "_id": number, "stream": format!("post-{id}"), "first_version": 1_i64, "last_version": 1_i64,
        "events": [{ "type": &*event.name, "schema": i32::from(event.schema), "data": event.data }],
        "id": uuid(), "command": uuid(), "correlation": uuid(), "actor": uuid(),
        "recorded_at": DateTime::now(), "hash": Binary { subtype: BinarySubtype::Generic, bytes: vec![7; 32] },
    }
}

/// Makes sure that the bare documents are those of the log: the same fields in the same order, of the same size.
pub(crate) async fn is_as_the_logs(log: &Database) -> Result<(), Failure> {
    let stored = log.collection::<Document>("commits_0").find_one(doc! {}).await?;
    let shape = |document: &Document| {
        let fields: Vec<_> =
            document.iter().map(|(key, value)| (key.clone(), value.element_type())).collect();
        Ok::<_, Failure>((fields, document.to_vec()?.len()))
    };
    let (stored, bare) = (shape(&stored.ok_or("the log is empty")?)?, shape(&document(1))?);
    if stored != bare {
        return Err(format!("the log's documents are not what is inserted bare: {stored:?}, {bare:?}").into());
    }
    Ok(())
}
