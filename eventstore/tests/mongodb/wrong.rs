//! What a person is told of a server that is away, or wrong.

use std::time::{Duration, Instant};

use tidings_eventstore::{ConnectError, MongoLog, MongoUrl};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::database::Server;

/// What both ways of opening say of a URL with the password `secret`, in bounded time and without it.
async fn says(url: &str) -> ConnectError {
    assert!(url.contains("secret"));
    let url: MongoUrl = url.parse().unwrap();
    let since = Instant::now();
    let error = MongoLog::connect(&url, 8).await.err().unwrap();
    let reading = MongoLog::open_read_only(&url).await.err().unwrap();
    assert!(since.elapsed() < Duration::from_secs(8), "{error}: {:?}", since.elapsed());
    assert_eq!(error.may_pass(), reading.may_pass(), "{error}, but {reading}");
    for told in [error.to_string(), format!("{error:?}"), reading.to_string(), format!("{reading:?}")] {
        assert!(!told.contains("secret"), "{told}");
        assert!(told.contains("127.0.0.1"), "{told}");
    }
    error
}

#[tokio::test]
async fn a_server_that_is_not_there_is_away_and_may_come() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = says(&format!("mongodb://ada:secret@{free}/log")).await;
    assert!(matches!(error, ConnectError::Away { .. }), "{error}");
    assert!(error.may_pass());
    assert!(error.to_string().contains("connection refused"), "{error}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_away() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = says(&format!("mongodb://ada:secret@{}/log", silent.local_addr().unwrap())).await;
    assert!(matches!(error, ConnectError::Away { .. }), "{error}");
}

/// A server that reads something and answers with this.
async fn answering(with: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let Ok((mut connection, _)) = listener.accept().await else { return };
            let _ = connection.read(&mut [0; 1_024]).await;
            let _ = connection.write_all(with).await;
            let _ = connection.shutdown().await;
        }
    });
    format!("mongodb://ada:secret@{address}/log")
}

#[tokio::test]
async fn a_server_of_another_kind_is_told_as_such() {
    let web = answering(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
    let error = says(&web).await;
    assert!(matches!(error, ConnectError::NotMongo { .. }), "{error}");
    assert!(!error.may_pass());
}

#[tokio::test]
async fn a_server_that_hangs_up_may_be_of_another_kind() {
    let error = says(&answering(b"").await).await;
    assert!(matches!(error, ConnectError::Away { .. }), "{error}");
    assert!(error.to_string().contains("as a server of another kind does"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_is_no_outage() {
    let url = Server::MongoDb.url().replacen("mongodb://", "mongodb://ada:secret@", 1);
    let error = says(&url).await;
    assert!(matches!(error, ConnectError::Login { .. }), "{error}");
    assert!(!error.may_pass());
}

#[test]
fn options_that_are_none_are_told_without_the_url() {
    for options in ["maxPoolSize=secret", "replicaSet=a&directConnection=secret", "authMechanism=secret"] {
        let url = format!("mongodb://ada:secret@127.0.0.1:1/log?{options}");
        let error = url.parse::<MongoUrl>().unwrap_err();
        assert!(matches!(error, ConnectError::Url { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}
