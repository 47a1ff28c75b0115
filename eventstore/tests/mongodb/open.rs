//! Opening a log on MongoDB.

use mongodb::bson::{Document, doc};
use tidings_eventstore::{Batch, ConnectError, InsertError, Log, MongoLog};

use crate::database::{Database, Server};
use crate::sample::{append, start};

async fn ten_at_once(server: Server) {
    let database = std::sync::Arc::new(Database::new(server));
    let hosts: Vec<_> = (1..=10)
        .map(|partitions| {
            let database = database.clone();
            tokio::spawn(async move { database.log(partitions).await })
        })
        .collect();
    let mut logs = Vec::new();
    for host in hosts {
        logs.push(host.await.unwrap());
    }
    let (partitions, identity) = (logs[0].shape().partitions, logs[0].identity());
    assert!(identity.is_some());
    for log in &logs {
        assert_eq!((log.shape().partitions, log.identity()), (partitions, identity), "all hosts agree");
        start(log.clone()).append(append()).await.unwrap();
    }
    for partition in 0..partitions {
        let commits = database.collection(&format!("commits_{partition}")).await;
        let mut names = commits.list_index_names().await.unwrap();
        names.sort();
        assert_eq!(names, ["_id_", "command", "stream"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_hosts_start_at_once_on_a_new_database() {
    ten_at_once(Server::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_hosts_start_at_once_on_a_new_database_of_ferretdb() {
    ten_at_once(Server::FerretDb).await;
}

async fn ten_find_a_log_without_an_identity(server: Server) {
    let database = std::sync::Arc::new(Database::new(server));
    database.log(4).await;
    database.collection("meta").await.delete_one(doc! { "_id": "identity" }).await.unwrap();
    assert_eq!(MongoLog::open_read_only(&database.url()).await.unwrap().identity(), None);
    let hosts = (0..10).map(|_| {
        let database = database.clone();
        tokio::spawn(async move { database.log(4).await.identity() })
    });
    let mut found = Vec::new();
    for host in hosts.collect::<Vec<_>>() {
        found.push(host.await.unwrap());
    }
    let identity = MongoLog::open_read_only(&database.url()).await.unwrap().identity();
    assert!(identity.is_some() && found.iter().all(|found| *found == identity), "{identity:?}: {found:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_made_before_gets_one_identity_from_ten_hosts_that_start_at_once() {
    ten_find_a_log_without_an_identity(Server::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_made_before_gets_one_identity_from_ten_hosts_that_start_at_once_on_ferretdb() {
    ten_find_a_log_without_an_identity(Server::FerretDb).await;
}

/// Else a host that opens it to read, in the moment in which another makes it, never learns which log it is.
async fn a_log_has_its_identity_as_soon_as_it_can_be_opened(server: Server) {
    let database = std::sync::Arc::new(Database::new(server));
    let making = tokio::spawn({
        let database = database.clone();
        async move { database.log(32).await.identity() }
    });
    let first = loop {
        match MongoLog::open_read_only(&database.url()).await {
            Ok(log) => break log.identity(),
            Err(error) => assert!(matches!(error, ConnectError::Missing { .. }), "{error:?}"),
        }
    };
    let made = making.await.unwrap();
    assert!(made.is_some() && first == made, "{first:?}, not {made:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_can_be_opened_has_its_identity() {
    a_log_has_its_identity_as_soon_as_it_can_be_opened(Server::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_can_be_opened_has_its_identity_on_ferretdb() {
    a_log_has_its_identity_as_soon_as_it_can_be_opened(Server::FerretDb).await;
}

#[tokio::test]
async fn the_stored_number_of_partitions_wins() {
    let database = Database::new(Server::MongoDb);
    database.log(4).await;
    assert_eq!(database.log(8).await.shape().partitions, 4);
    assert_eq!(MongoLog::open_read_only(&database.url()).await.unwrap().shape().partitions, 4);
}

#[tokio::test]
async fn an_impossible_number_of_partitions_is_refused() {
    let database = Database::new(Server::MongoDb);
    for asked in [0, 257, u16::MAX] {
        let error = MongoLog::connect(&database.url(), asked).await.err().unwrap();
        assert_eq!(error, ConnectError::PartitionCount { asked, most: 256 });
    }
}

#[tokio::test]
async fn a_database_of_a_newer_format_is_refused_with_both_versions_named() {
    let database = Database::new(Server::MongoDb);
    database.log(4).await;
    let meta = database.collection("meta").await;
    meta.update_one(doc! { "_id": "log" }, doc! { "$set": { "format": 2 } }).await.unwrap();
    let newer = ConnectError::Newer { server: database.url().to_string(), found: 2, known: 1 };
    assert_eq!(MongoLog::connect(&database.url(), 4).await.err().unwrap(), newer);
    assert_eq!(MongoLog::open_read_only(&database.url()).await.err().unwrap(), newer);
    assert!(newer.to_string().contains("has format 2, but this program knows format 1"), "{newer}");
    assert!(!newer.may_pass());
}

#[tokio::test]
async fn a_log_that_has_lost_its_meta_is_not_taken_for_a_new_one() {
    let database = Database::new(Server::MongoDb);
    database.log(4).await;
    database.collection("meta").await.delete_one(doc! { "_id": "log" }).await.unwrap();
    let error = MongoLog::connect(&database.url(), 8).await.err().unwrap();
    assert!(matches!(error, ConnectError::Damaged { .. }), "{error}");
    let meta = database.collection("meta").await;
    meta.insert_one(doc! { "_id": "log", "format": 1, "partitions": "four" }).await.unwrap();
    let error = MongoLog::connect(&database.url(), 8).await.err().unwrap();
    assert!(matches!(error, ConnectError::Damaged { .. }), "{error}");
}

#[tokio::test]
async fn a_reader_makes_nothing() {
    let database = Database::new(Server::MongoDb);
    let error = MongoLog::open_read_only(&database.url()).await.err().unwrap();
    assert_eq!(error, ConnectError::Missing { server: database.url().to_string() });
    assert!(error.may_pass());
    let client = database.client().await;
    let there = client.default_database().unwrap().list_collection_names().await.unwrap();
    assert!(there.is_empty(), "{there:?}");
}

#[tokio::test]
async fn a_reader_follows_and_writes_nothing() {
    let database = Database::new(Server::MongoDb);
    let writer = start(database.log(1).await);
    let reader = MongoLog::open_read_only(&database.url()).await.unwrap();
    let commit = writer.append(append()).await.unwrap().commit;
    assert_eq!(reader.read_partition(0, 0, 10).await.unwrap().commits, vec![commit.clone()]);
    let mut next = (*commit).clone();
    next.position.number += 1;
    let batch = Batch { partition: 0, commits: vec![next.into()] };
    let refused = reader.insert(&[batch]).await;
    assert!(matches!(refused, Err(InsertError::Refused(_))), "{refused:?}");
    assert_eq!(reader.head(0).await.unwrap().number, 1);
}

#[tokio::test]
async fn a_person_reads_a_commit_without_a_manual() {
    let database = Database::new(Server::MongoDb);
    let store = start(database.log(1).await);
    let commit = store.append(append()).await.unwrap().commit;
    let commits = database.collection("commits_0").await;
    let found: Document = commits.find_one(doc! { "stream": commit.stream.as_str() }).await.unwrap().unwrap();
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    let expected = [
        "_id",
        "stream",
        "first_version",
        "last_version",
        "events",
        "id",
        "command",
        "correlation",
        "actor",
        "recorded_at",
        "hash",
    ];
    assert_eq!(names, expected);
    let event = found.get_array("events").unwrap()[0].as_document().unwrap().clone();
    assert_eq!(event, doc! { "type": "Happened", "schema": 1, "data": &commit.events[0].data });
    let recorded_at = found.get_datetime("recorded_at").unwrap();
    assert_eq!(recorded_at.timestamp_millis(), commit.recorded_at.millis());
}
