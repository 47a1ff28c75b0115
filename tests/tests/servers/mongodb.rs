use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;
use tidings_tests::{Kind, Server};
use tokio::time::timeout;

use crate::{SHORT, ends_when_dropped, listens};

async fn insert(server: &Server, id: i32) -> Result<()> {
    let documents = Client::with_uri_str(server.url()).await?.database("tests").collection("documents");
    documents.insert_one(doc! { "_id": id }).await.map(drop)
}

async fn is_there(server: &Server, id: i32) -> bool {
    let client = Client::with_uri_str(server.url()).await.unwrap();
    let documents = client.database("tests").collection::<Document>("documents");
    documents.find_one(doc! { "_id": id }).await.unwrap().is_some()
}

async fn lives_and_dies(kind: Kind) {
    let mut server = Server::start(kind).await;
    insert(&server, 1).await.unwrap();
    server.kill();
    assert!(!listens(&server));
    server.restart().await;
    assert!(is_there(&server, 1).await);
    server.pause();
    assert!(timeout(SHORT, insert(&server, 2)).await.is_err());
    server.resume();
    insert(&server, 3).await.unwrap();
    ends_when_dropped(server).await;
}

#[tokio::test]
async fn the_first_keeps_its_data_when_killed_and_ends_with_the_test() {
    lives_and_dies(Kind::MongoDb).await;
}

#[tokio::test]
async fn the_second_keeps_its_data_when_killed_and_ends_with_the_test() {
    lives_and_dies(Kind::FerretDb).await;
}
