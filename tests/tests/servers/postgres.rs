use tidings_tests::{Kind, Server, connect};
use tokio::time::timeout;

use crate::{SHORT, ends_when_dropped, listens};

#[tokio::test]
async fn it_keeps_its_data_when_killed_and_ends_with_the_test() {
    let mut server = Server::start(Kind::Postgres).await;
    let client = connect(&server.url()).await;
    client.batch_execute("CREATE TABLE numbers (number int); INSERT INTO numbers VALUES (7)").await.unwrap();
    server.kill();
    assert!(!listens(&server));
    client.batch_execute("SELECT 1").await.expect_err("also the process of this connection was killed");
    server.restart().await;
    let client = connect(&server.url()).await;
    let row = client.query_one("SELECT number FROM numbers", &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    server.pause();
    let stopped = timeout(SHORT, client.batch_execute("SELECT 1")).await;
    assert!(stopped.is_err(), "also the process of this connection is stopped");
    server.resume();
    client.batch_execute("SELECT 1").await.unwrap();
    ends_when_dropped(server).await;
}
