//! Leases on both MongoDB servers.

#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::time::{Duration, Instant};

use mongodb::{Client, Database};
use tidings_eventstore::conformance::leases_are_seen_until_they_are_removed;
use tidings_eventstore::owners::{Lease, Leases, MongoLeases};
use uuid::Uuid;

/// A database of the test's own on the server that a variable names.
async fn database(variable: &str) -> Database {
    let url = std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: run dev/test, or `dev/servers up` and export what it prints")
    });
    let client = Client::with_uri_str(url).await.unwrap();
    let random = std::collections::hash_map::RandomState::new();
    let name = std::hash::BuildHasher::hash_one(&random, std::process::id());
    client.database(&format!("leases_{name:x}"))
}

async fn promises(variable: &str) {
    let database = database(variable).await;
    leases_are_seen_until_they_are_removed(&MongoLeases::new(&database)).await;
    database.drop().await.unwrap();
}

#[tokio::test]
async fn leases_on_the_first_server_are_seen_until_they_are_removed() {
    promises("TIDINGS_TEST_MONGODB").await;
}

#[tokio::test]
async fn leases_on_the_second_server_are_seen_until_they_are_removed() {
    promises("TIDINGS_TEST_FERRETDB").await;
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
