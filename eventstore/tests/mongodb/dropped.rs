//! A database that is dropped under an open log, as by somebody who takes it for another.

use std::time::Duration;

use tidings_eventstore::{AppendError, Log};

use crate::database::{Database, Server};
use crate::sample::{append, start};

async fn dropped(server: Server) {
    let database = Database::new(server);
    let log = database.log(2).await;
    let store = start(log.clone());
    store.append(append()).await.unwrap();
    database.drop_now().await;

    let refused = async {
        loop {
            match store.append(append()).await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                Err(error) => return error,
            }
        }
    };
    let error = tokio::time::timeout(Duration::from_secs(60), refused).await.expect("it is noticed");
    let identity = log.identity().unwrap();
    let gone = format!("the log {identity}: its identity is gone");
    assert!(matches!(&error, AppendError::Unavailable(why) if why.contains(&gone)), "{error}");
    assert!(store.append(append()).await.is_err(), "nothing is taken from then on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_dropped_takes_no_more_commits() {
    dropped(Server::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_dropped_takes_no_more_commits_on_ferretdb() {
    dropped(Server::FerretDb).await;
}
