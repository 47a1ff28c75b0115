//! A database of its own for each test, on the server of `TIDINGS_TEST_POSTGRES`.
#![allow(dead_code, clippy::unwrap_used, reason = "each test uses a part; a test may unwrap")]

use std::sync::atomic::{AtomicU32, Ordering};

use tidings_projections::postgres::PostgresUrl;
use tokio_postgres::{Client, NoTls};

pub struct Database {
    server: String,
    pub name: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Database {
    pub async fn create() -> Self {
        let server = std::env::var("TIDINGS_TEST_POSTGRES").unwrap_or_else(|_| {
            panic!(
                "TIDINGS_TEST_POSTGRES is not set: run dev/test, or `dev/servers up` and export what it prints"
            )
        });
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tidings_test_{}_{number}", std::process::id());
        let client = connect(&server).await;
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {name}")).await.unwrap();
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        Self { server, name }
    }

    /// The URL, as its superuser.
    pub fn text(&self) -> String {
        let (place, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        let (server, _) = place.rsplit_once('/').unwrap();
        format!("{server}/{}?{query}", self.name)
    }

    pub fn url(&self) -> PostgresUrl {
        self.text().parse().unwrap()
    }

    /// A connection as a person has it.
    pub async fn client(&self) -> Client {
        connect(&self.text()).await
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let server = self.server.clone();
        // On a thread of its own: the test's runtime may be ending.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async { connect(&server).await.batch_execute(&sql).await })
        });
        let _ = dropping.join();
    }
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
