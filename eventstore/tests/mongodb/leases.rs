//! Leases on both servers.

use std::time::{Duration, Instant};

use mongodb::Client;
use mongodb::bson::doc;
use tidings_eventstore::conformance::leases_are_seen_until_they_are_removed;
use tidings_eventstore::owners::{Lease, Leases, MongoLeases};
use uuid::Uuid;

use crate::database::{Database, Server};

async fn promises(server: Server) {
    let database = Database::new(server);
    let client = database.client().await;
    leases_are_seen_until_they_are_removed(&MongoLeases::new(&client.default_database().unwrap())).await;
}

#[tokio::test]
async fn leases_on_the_first_server_are_seen_until_they_are_removed() {
    promises(Server::MongoDb).await;
}

#[tokio::test]
async fn leases_on_the_second_server_are_seen_until_they_are_removed() {
    promises(Server::FerretDb).await;
}

#[tokio::test]
async fn what_is_no_lease_hides_none() {
    let database = Database::new(Server::MongoDb);
    let store = database.client().await.default_database().unwrap();
    let leases = MongoLeases::new(&store);
    let (host, settings) = (Uuid::from_u128(1), Uuid::nil());
    let lease = Lease { host, address: "h:7401".into(), relays: true, beat: 1, settings };
    leases.renew(&lease).await.unwrap();
    store.collection("hosts").insert_one(doc! { "_id": "somebody", "beat": "often" }).await.unwrap();
    assert_eq!(leases.all().await.unwrap(), [lease]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_an_error_within_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mongodb://somebody:secret@{}/?directConnection=true", silent.local_addr().unwrap());
    let client = Client::with_uri_str(url).await.unwrap();
    let leases = MongoLeases::new(&client.database("log"));
    let began = Instant::now();
    let (host, settings) = (Uuid::from_u128(1), Uuid::nil());
    let lease = Lease { host, address: "h:7401".into(), relays: true, beat: 1, settings };
    let error = leases.renew(&lease).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(5), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}
