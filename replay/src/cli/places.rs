//! Where the log and the read models are.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tidings_eventstore::{self as eventstore, EventStore};
use tidings_projections::ReadModel;
#[cfg(feature = "servers")]
use tidings_projections::postgres;
use tidings_projections::sqlite::Generations;
#[cfg(feature = "servers")]
use tidings_replay::PostgresShadows;
use tidings_replay::{PatientLog, Shadows, SqliteShadows};
use tidings_wiring::{OpenLog, StartError, StoreUrl, ViewsUrl};
use tidings_world::{Handle, System};

use super::report::Report;

/// How long long work waits for a log that gives no answer at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the log and the read models are.
#[derive(Args)]
pub(crate) struct Places {
    /// The log: sqlite:FOLDER or mongodb://HOST:PORT/DATABASE.
    #[arg(
        long,
        global = true,
        env = "TIDINGS_STORE",
        hide_env_values = true,
        default_value = "sqlite:./tidings-data"
    )]
    pub(crate) store: StoreUrl,
    /// The read models: sqlite:FOLDER or postgres://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(
        long,
        global = true,
        env = "TIDINGS_VIEWS",
        hide_env_values = true,
        default_value = "sqlite:./tidings-data"
    )]
    pub(crate) views: ViewsUrl,
}

/// The log, open for reading.
pub(crate) struct Log {
    pub(crate) store: EventStore,
    pub(crate) world: Handle,
    open: OpenLog,
}

impl Places {
    /// Opens the log for reading.
    pub(crate) async fn log(&self) -> Result<Log, StartError> {
        self.open(|log, _| log).await
    }

    /// Opens the log for long work, which waits where the log does not answer for a while, and says so.
    pub(crate) async fn patient_log(&self, report: &Report) -> Result<Log, StartError> {
        let say = report.teller();
        self.open(|log, world| Arc::new(PatientLog::new(log, world, PATIENCE, say))).await
    }

    async fn open(
        &self,
        made: impl FnOnce(Arc<dyn eventstore::Log>, Handle) -> Arc<dyn eventstore::Log>,
    ) -> Result<Log, StartError> {
        let world: Handle = Arc::new(System::new());
        let open = self.store.open_to_read().await?;
        let log = made(open.log(), world.clone());
        let store = EventStore::start(log, world.clone(), Default::default());
        Ok(Log { store, world, open })
    }

    /// What is asked of a server of read models shall leave room for others.
    pub(super) fn gently(&mut self) {
        #[cfg(feature = "servers")]
        if let ViewsUrl::Postgres(url) = &mut self.views {
            *url = url.clone().gently();
        }
    }

    /// The read models in use, which have to be there: a mistyped place gets none made.
    pub(crate) async fn views_in_use(&self) -> Result<Arc<dyn ReadModel>, StartError> {
        self.views_are_there().await?;
        self.views.open()
    }

    /// Whether there are read models.
    pub(crate) async fn views_are_there(&self) -> Result<(), StartError> {
        let there = match &self.views {
            ViewsUrl::Sqlite(folder) => {
                let current = Generations::new(folder).current();
                current.map_err(|e| StartError::new(format_args!("{}: {e}", self.views)))?.is_some()
            }
            #[cfg(feature = "servers")]
            ViewsUrl::Postgres(url) => postgres::in_use(url).await?.is_some(),
        };
        match there {
            true => Ok(()),
            false => Err(StartError::new(format_args!(
                "there is no read model at {}; is --views right? Else start what writes it, or `replay rebuild`",
                self.views
            ))),
        }
    }

    /// The read models' generations.
    pub(crate) fn shadows(&self) -> Box<dyn Shadows> {
        match &self.views {
            ViewsUrl::Sqlite(folder) => Box::new(SqliteShadows::new(folder)),
            #[cfg(feature = "servers")]
            ViewsUrl::Postgres(url) => Box::new(PostgresShadows::new(url.clone())),
        }
    }
}

impl Log {
    /// Closes it; returns when another process may open it for writing.
    pub(crate) async fn close(self) {
        drop(self.store);
        self.open.close().await;
    }
}
