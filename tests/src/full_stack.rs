//! The full stack: MongoDB, Kafka and PostgreSQL, shared with other tests, each with a place of this test's own.

use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::{CommandHost, ProjectionHost, QueryHost, Urls};

/// Hosts on real servers.
pub struct FullStack {
    /// What they run on.
    pub urls: Urls,
    /// The command hosts.
    pub commands: Vec<CommandHost>,
    /// The projection hosts.
    pub projections: Vec<ProjectionHost>,
    /// The query hosts.
    pub queries: Vec<QueryHost>,
}

/// Where a MongoDB, a Kafka and a PostgreSQL are.
#[derive(Clone, Debug)]
pub struct Servers {
    /// A URL.
    pub mongodb: String,
    /// A host and a port.
    pub kafka: String,
    /// A URL.
    pub postgres: String,
}

impl Servers {
    /// Those that tests share.
    ///
    /// # Panics
    /// When one is not given; the message says what to do.
    pub fn shared() -> Self {
        Self {
            mongodb: server("TIDINGS_TEST_MONGODB"),
            kafka: server("TIDINGS_TEST_KAFKA"),
            postgres: server("TIDINGS_TEST_POSTGRES"),
        }
    }

    /// A database, a topic and a database again, all of this name.
    pub fn urls(&self, name: &str) -> Urls {
        Urls {
            store: with_path(&self.mongodb, name),
            bus: format!("kafka://{}/{name}", self.kafka),
            views: with_path(&self.postgres, name),
        }
    }
}

/// The address of a server of `dev/servers`, from the environment.
///
/// # Panics
/// When it is not given; the message says what to do.
pub fn server(variable: &str) -> String {
    let missing = "is not set: run dev/test, or `dev/servers up` and export what it prints";
    std::env::var(variable).unwrap_or_else(|_| panic!("{variable} {missing}"))
}

impl FullStack {
    /// Fresh places on the shared servers, and no host yet.
    ///
    /// # Panics
    /// When a server does not answer.
    pub async fn fresh() -> Self {
        let (name, servers) = (format!("tidings_{}", Uuid::now_v7().simple()), Servers::shared());
        let admin = connect(&servers.postgres).await;
        admin.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let urls = servers.urls(&name);
        Self { urls, commands: Vec::new(), projections: Vec::new(), queries: Vec::new() }
    }

    /// With so many hosts of each kind.
    ///
    /// # Panics
    /// When they do not start.
    pub async fn start(hosts: usize) -> Self {
        let mut stack = Self::fresh().await;
        for _ in 0..hosts {
            stack.commands.push(CommandHost::on(&stack.urls, |_| {}).await);
            stack.projections.push(ProjectionHost::on(&stack.urls, |_| {}).await);
            stack.queries.push(QueryHost::on(&stack.urls, |_| {}).await);
        }
        stack
    }
}

/// A connection to a PostgreSQL, for what tests do there themselves.
///
/// # Panics
/// When it does not answer.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// A URL with another path: the database.
fn with_path(url: &str, path: &str) -> String {
    let (place, options) = url.split_once('?').map_or((url, None), |(place, options)| (place, Some(options)));
    let authority = place.find("://").map_or(0, |at| at + 3);
    let place = place[authority..].find('/').map_or(place, |slash| &place[..authority + slash]);
    options.map_or_else(|| format!("{place}/{path}"), |options| format!("{place}/{path}?{options}"))
}
