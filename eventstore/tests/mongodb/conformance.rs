//! The log on MongoDB keeps what a log promises, on two servers that have no code in common.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tidings_eventstore::Log;
use tidings_eventstore::conformance::Adapter;

use crate::database::{Database, Server};

struct Mongo {
    server: Server,
    database: Mutex<Option<Arc<Database>>>,
}

impl Mongo {
    fn on(server: Server) -> Self {
        Self { server, database: Mutex::new(None) }
    }

    async fn open(&self, database: Arc<Database>, partitions: u16) -> Arc<dyn Log> {
        let log = database.log(partitions).await;
        *self.database.lock().unwrap() = Some(database);
        Arc::new(log)
    }
}

#[async_trait]
impl Adapter for Mongo {
    async fn create(&self, partitions: u16) -> Arc<dyn Log> {
        self.open(Arc::new(Database::new(self.server)), partitions).await
    }

    async fn reopen(&self, log: Arc<dyn Log>) -> Arc<dyn Log> {
        drop(log);
        let database = self.database.lock().unwrap().take().unwrap();
        self.open(database, 8).await
    }
}

mod mongodb {
    tidings_eventstore::conformance!(super::Mongo::on(super::Server::MongoDb), lasting);
}

mod ferretdb {
    tidings_eventstore::conformance!(super::Mongo::on(super::Server::FerretDb), lasting);
}
