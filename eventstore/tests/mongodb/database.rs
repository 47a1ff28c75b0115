//! A database of a test's own, gone at its end.

use std::time::{Duration, Instant};

use mongodb::bson::Document;
use mongodb::{Client, Collection};
use tidings_eventstore::{MongoLimits, MongoLog, MongoUrl};
use tidings_world::{System, World};

const LONG: Duration = Duration::from_secs(60);

/// The servers that the tests need; see `dev/servers`.
#[derive(Clone, Copy)]
pub(crate) enum Server {
    MongoDb,
    FerretDb,
}

impl Server {
    /// Its URL without a database.
    pub(crate) fn url(self) -> String {
        let variable = match self {
            Self::MongoDb => "TIDINGS_TEST_MONGODB",
            Self::FerretDb => "TIDINGS_TEST_FERRETDB",
        };
        std::env::var(variable).unwrap_or_else(|_| {
            panic!("{variable} is not set: run dev/test, or `dev/servers up` and export what it prints")
        })
    }
}

/// A database with a random name, which is dropped when this is.
pub(crate) struct Database {
    url: String,
    name: String,
}

impl Database {
    pub(crate) fn new(server: Server) -> Self {
        let name = format!("tidings-test-{}", System::new().id().simple());
        let given = server.url();
        let (hosts, options) = given.split_once('?').unwrap_or((&given, ""));
        let hosts = hosts.strip_suffix('/').unwrap_or(hosts);
        Self { url: format!("{hosts}/{name}?{options}"), name }
    }

    pub(crate) fn url(&self) -> MongoUrl {
        self.url.parse().unwrap()
    }

    /// A log in it. How fast a busy machine is does not matter.
    pub(crate) async fn log(&self, partitions: u16) -> MongoLog {
        let limits = MongoLimits { read: LONG, page: LONG, insert: LONG };
        connected(&self.url(), partitions).await.with_limits(limits)
    }

    /// A collection of it, through a connection of its own.
    pub(crate) async fn collection(&self, name: &str) -> Collection<Document> {
        self.client().await.database(&self.name).collection(name)
    }

    pub(crate) async fn drop_now(&self) {
        self.client().await.database(&self.name).drop().await.unwrap();
    }

    pub(crate) async fn client(&self) -> Client {
        Client::with_uri_str(&self.url).await.unwrap()
    }
}

/// A log as a host opens it: what may pass is waited for.
pub(crate) async fn connected(url: &MongoUrl, partitions: u16) -> MongoLog {
    let since = Instant::now();
    loop {
        match MongoLog::connect(url, partitions).await {
            Ok(log) => return log,
            Err(error) if error.may_pass() && since.elapsed() < LONG => {}
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (url, name) = (self.url.clone(), self.name.clone());
        // A runtime of its own: that of the test may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let dropped = async { Client::with_uri_str(&url).await?.database(&name).drop().await };
                // A server that a test has stopped drops nothing.
                let _ = tokio::time::timeout(std::time::Duration::from_secs(5), dropped).await;
            });
        });
        let _ = dropping.join();
    }
}
