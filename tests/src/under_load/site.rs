//! Where a test's log, bus and read models are.

use std::sync::Arc;

use crate::{Disk, Kind, Proxy, Server, Servers, Urls, connect};
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

/// A database, a topic and a database again, of names of the test's own, on the servers that all tests share or on
/// some of its own.
pub struct Site {
    name: String,
    /// The servers as the test reaches them.
    servers: Servers,
    /// The servers as the hosts reach them.
    seen: Servers,
    turn: SemaphorePermit<'static>,
}

fn of(servers: &mut Servers, kind: Kind) -> &mut String {
    match kind {
        Kind::MongoDb | Kind::FerretDb => &mut servers.mongodb,
        Kind::Kafka => &mut servers.kafka,
        Kind::Postgres => &mut servers.postgres,
    }
}

/// So many tests run at once: each has some ten processes under load.
static TURNS: Semaphore = Semaphore::const_new(2);

impl Site {
    /// On the servers that all tests share. Waits until there is room for one more test.
    pub async fn shared() -> Self {
        let turn = TURNS.acquire().await.unwrap();
        let (name, servers) = (format!("failures_{}", Uuid::now_v7().simple()), Servers::shared());
        Self { name, seen: servers.clone(), servers, turn }
    }

    /// With a server of the test's own, and that server.
    pub async fn with_own(kind: Kind) -> (Self, Server) {
        let mut site = Self::shared().await;
        let server = Server::start(kind).await;
        site.on(kind, &server.url());
        (site, server)
    }

    /// With a server of the test's own behind a proxy.
    pub async fn behind_proxy(kind: Kind) -> (Self, Server, Proxy) {
        let mut site = Self::shared().await;
        let (server, proxy) = Server::start_behind_proxy(kind).await;
        site.on(kind, &server.url());
        *of(&mut site.seen, kind) = kind.url(proxy.address());
        (site, server, proxy)
    }

    /// With a server of the test's own on a disk that fails when it is told to.
    pub async fn on_disk(kind: Kind) -> (Self, Server, Arc<Disk>) {
        let mut site = Self::shared().await;
        let (server, disk) = Server::start_on_disk(kind).await;
        site.on(kind, &server.url());
        (site, server, disk)
    }

    /// With another server of a kind.
    pub fn on(&mut self, kind: Kind, url: &str) {
        for servers in [&mut self.servers, &mut self.seen] {
            *of(servers, kind) = url.to_owned();
        }
    }

    /// What the hosts are told.
    pub fn urls(&self) -> Urls {
        self.seen.urls(&self.name)
    }

    /// The same places without a proxy in between.
    pub fn direct(&self) -> Urls {
        self.servers.urls(&self.name)
    }

    /// The topic, and by whom it is found.
    pub fn topic(&self) -> (&str, &str) {
        (&self.servers.kafka, &self.name)
    }

    /// Makes what hosts do not make by themselves: the database of the read models.
    pub async fn prepare(&self) {
        self.postgres(&format!("CREATE DATABASE {}", self.name)).await;
    }

    /// Removes what is left.
    pub async fn remove(self) {
        self.postgres(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
        let client = mongodb::Client::with_uri_str(&self.servers.mongodb).await.unwrap();
        client.database(&self.name).drop().await.unwrap();
        drop(self.turn);
    }

    async fn postgres(&self, statement: &str) {
        connect(&self.servers.postgres).await.batch_execute(statement).await.unwrap();
    }
}
