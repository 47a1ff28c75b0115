//! The whole suite on a real SQL Server, where `TIDINGS_TEST_MSSQL` names one and a login that may make databases:
//! `mssql://sa:PASSWORD@127.0.0.1:1433/master?trust=any`. User and password are taken as they
//! stand, without `%`. Without a server these tests are told as ignored, and not as passed.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tiberius::{AuthMethod, Client, Config};
use tidings_ledger::conformance::{self, Adapter};
use tidings_ledger::{Ledger, MssqlLedger};
use tidings_world::{System, World};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_util::compat::TokioAsyncWriteCompatExt;

/// A database of its own, which is dropped at the end.
struct Database {
    url: String,
    name: String,
}

fn server() -> String {
    std::env::var("TIDINGS_TEST_MSSQL").expect(
        "TIDINGS_TEST_MSSQL is not set: docker compose up --wait sqlserver, and give its URL, as docs/testing.md says",
    )
}

/// Executes a statement outside of any ledger.
async fn execute(sql: &str) {
    let server = server();
    let (login, place) = server.strip_prefix("mssql://").unwrap().split_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let address = place.split('/').next().unwrap();
    let (host, port) = address.split_once(':').unwrap_or((address, "1433"));
    let mut config = Config::new();
    config.host(host);
    config.port(port.parse().unwrap());
    config.authentication(AuthMethod::sql_server(user, password));
    config.trust_cert();
    let stream = TcpStream::connect(config.get_addr()).await.unwrap();
    let mut client = Box::pin(Client::connect(config, stream.compat_write())).await.unwrap();
    client.simple_query(sql).await.unwrap().into_results().await.unwrap();
}

impl Database {
    /// With locks alone, or with versions of rows for readers.
    async fn new(versions: bool) -> Self {
        let name = format!("tidings_test_{}", System::new().id().simple());
        execute(&format!("CREATE DATABASE {name}")).await;
        let versions = if versions { "ON" } else { "OFF" };
        execute(&format!("ALTER DATABASE {name} SET READ_COMMITTED_SNAPSHOT {versions}")).await;
        let server = server();
        let (place, options) = server.split_once('?').unwrap_or((&server, ""));
        let (place, _) = place.rsplit_once('/').unwrap();
        Self { url: format!("{place}/{name}?{options}"), name }
    }

    async fn open(&self) -> MssqlLedger {
        MssqlLedger::create_or_open(&self.url.parse().unwrap(), Arc::new(System::new())).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!(
            "ALTER DATABASE {0} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE {0}",
            self.name
        );
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        // On a thread of its own: the test's may not wait.
        let _ = std::thread::spawn(move || runtime().block_on(execute(&drop))).join();
    }
}

#[derive(Default)]
struct OnAServer {
    versions: bool,
    database: OnceCell<Database>,
    open: Mutex<Vec<MssqlLedger>>,
}

#[async_trait]
impl Adapter for OnAServer {
    async fn open(&self) -> Arc<dyn Ledger> {
        let ledger = self.database.get_or_init(|| Database::new(self.versions)).await.open().await;
        self.open.lock().unwrap().push(ledger.clone());
        Arc::new(ledger)
    }

    async fn end(&self) {
        let open: Vec<_> = self.open.lock().unwrap().drain(..).collect();
        for ledger in open {
            ledger.close().await;
        }
    }
}

mod with_locks {
    tidings_ledger::conformance!(
        super::OnAServer::default(),
        lasting,
        #[ignore = "needs a SQL Server, named by TIDINGS_TEST_MSSQL"]
    );
}

mod with_versions_of_rows {
    tidings_ledger::conformance!(
        super::OnAServer { versions: true, ..Default::default() },
        lasting,
        #[ignore = "needs a SQL Server, named by TIDINGS_TEST_MSSQL"]
    );
}

async fn twice() -> (MssqlLedger, MssqlLedger, Database) {
    let database = Database::new(false).await;
    (database.open().await, database.open().await, database)
}

#[tokio::test]
#[ignore = "needs a SQL Server, named by TIDINGS_TEST_MSSQL"]
async fn progress_is_kept_of_each_process() {
    conformance::progress_is_kept_of_each_process(twice().await).await;
}

#[tokio::test]
#[ignore = "needs a SQL Server, named by TIDINGS_TEST_MSSQL"]
async fn progress_never_goes_back() {
    conformance::progress_never_goes_back(twice().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs a SQL Server, named by TIDINGS_TEST_MSSQL"]
async fn ten_hosts_that_start_at_once_share_one_ledger() {
    let database = Arc::new(Database::new(false).await);
    let starting: Vec<_> = (0..10)
        .map(|_| {
            let database = database.clone();
            tokio::spawn(async move { database.open().await })
        })
        .collect();
    for host in starting {
        assert_eq!(host.await.unwrap().backlog(10).await, Ok(0));
    }
}
