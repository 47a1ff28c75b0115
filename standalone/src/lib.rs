//! All of Tidings in one process, on embedded storage: what one runs first, and what programs embed whole.

use std::collections::BTreeSet;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use tidings_bus::{Bus, LocalBus};
use tidings_command_host::{LedgerOptions, Recording, Running};
use tidings_domain::{Limits, UserId};
use tidings_eventstore::EventStore;
use tidings_process_host::{Local, ProcessFlags};
use tidings_projection_host::Feed;
use tidings_projections::sqlite::SqliteReadModel;
use tidings_projections::{Projector, Reader, social};
use tidings_wiring::{LedgerUrl, OpenLedger, OpenLog, StartError, StoreUrl};
use tidings_world::{Handle, System};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How it runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The number of partitions of a log that is made now.
    pub partitions: u16,
    /// Who may moderate.
    pub moderators: BTreeSet<UserId>,
    /// The limits of the domain.
    pub limits: Limits,
    /// How the engine works.
    pub engine: tidings_command_host::Options,
    /// What clients are granted.
    pub wire: tidings_wire::Limits,
    /// Where commands are recorded; beside the log where it is left out.
    pub ledger: Option<LedgerUrl>,
    /// How commands are recorded.
    pub recording: LedgerOptions,
    /// How the processes work; none where none are to run. They run only where commands are recorded.
    pub processes: Option<ProcessFlags>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            partitions: 8,
            moderators: BTreeSet::new(),
            limits: Limits::default(),
            engine: tidings_command_host::Options::default(),
            wire: tidings_wire::Limits::default(),
            ledger: None,
            recording: LedgerOptions::default(),
            processes: Some(ProcessFlags::default()),
        }
    }
}

/// All parts, open on a folder of data.
///
/// ```
/// use tidings_standalone::{Options, Standalone};
/// use tokio::net::TcpListener;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # let folder = tempfile::tempdir()?;
/// let standalone = Standalone::open(folder.path(), Options::default()).await?;
/// let (commands, queries) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
/// let address = commands.local_addr()?;
/// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
/// let running = tokio::spawn(standalone.run(commands, queries, async move { drop(stopped.await) }));
///
/// let mut client = tidings_wire::Client::connect(address).await?;
/// let line = r#"{"command":"CreatePost","actor":"01930000-0000-7000-8000-000000000001","data":{"text":"hello"}}"#;
/// assert_eq!(client.call(line).await?["ok"], true);
///
/// drop(stop);
/// assert_eq!(running.await?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
pub struct Standalone {
    world: Handle,
    log: OpenLog,
    ledger: OpenLedger,
    store: EventStore,
    bus: Arc<dyn Bus>,
    reader: Arc<dyn Reader>,
    feed: Feed,
    options: Options,
}

impl Standalone {
    /// Opens log and read models in a folder, and makes what is not there.
    ///
    /// # Errors
    /// When they cannot be opened; the message says what to do.
    pub async fn open(data: &Path, options: Options) -> Result<Self, StartError> {
        let world: Handle = Arc::new(System::new());
        let log = StoreUrl::Sqlite(data.into()).open(options.partitions).await?;
        let store = EventStore::start(log.log(), world.clone(), Default::default());
        let beside = || LedgerUrl::Sqlite(data.into());
        let ledger_url = options.ledger.clone().unwrap_or_else(beside);
        let ledger = ledger_url.open().await?;
        ledger_url.tie(&ledger, &log, &world).await?;
        let bus: Arc<dyn Bus> = Arc::new(LocalBus::default());
        let model = SqliteReadModel::open(data).map_err(StartError::new)?;
        let reader = Arc::new(model.reader().map_err(StartError::new)?);
        let projector = Projector::attach(Arc::new(model), social::group(), store.origin())
            .await
            .map_err(StartError::new)?;
        let feed = Feed::new(store.clone(), bus.clone(), projector, world.clone(), Default::default());
        feed.check_origin().await.map_err(StartError::new)?;
        Ok(Self { world, log, ledger, store, bus, reader, feed, options })
    }

    /// Serves commands and queries until `shutdown`, then drains. Tells how many requests were cut off.
    pub async fn run(
        self,
        commands: TcpListener,
        queries: TcpListener,
        shutdown: impl Future<Output = ()> + Send,
    ) -> usize {
        let Self { world, log, ledger, store, bus, reader, feed, options } = self;
        let (stop, stopped) = watch::channel(false);
        let stopped = || {
            let mut stopped = stopped.clone();
            async move { drop(stopped.wait_for(|stop| *stop).await) }
        };
        let feed = tokio::spawn(feed.run());
        // Nobody else can write the log, so nobody else is at what the ledger holds.
        let recording =
            ledger.ledger().map(|ledger| Recording { ledger, alone: true, options: options.recording });
        let command_host = tidings_command_host::Host {
            store: store.clone(),
            world: world.clone(),
            relay_to: Some(bus),
            moderators: options.moderators,
            sharing: None,
            recording,
            limits: options.limits,
            options: options.engine,
            wire: options.wire,
        };
        let query_host = tidings_query_host::Host {
            store: Arc::new(store.clone().into()),
            reader: reader.clone(),
            ledger: ledger.ledger(),
            progress: ledger.progress(),
            world: world.clone(),
            wire: options.wire,
        };
        let Running { service, mut relay, leave: _, settle } = command_host.start();
        let service = Arc::new(service);
        let mut processes = match (options.processes, ledger.progress()) {
            (Some(flags), Some(progress)) => {
                let hands = Arc::new(Local(service.clone()));
                let options = Default::default();
                let host = tidings_process_host::Host { store, reader, progress, hands, world, options };
                host.start(flags.processes())
            }
            _ => JoinSet::new(),
        };
        let signal = async {
            shutdown.await;
            stop.send_replace(true);
        };
        let (commands, queries, ()) = tokio::join!(
            async {
                let drained = tidings_wire::run(commands, service, options.wire, stopped()).await;
                // Both read the log, which is closed soon.
                processes.shutdown().await;
                relay.shutdown().await;
                settle.await;
                drained
            },
            tidings_query_host::run(queries, query_host, stopped()),
            signal,
        );
        feed.abort();
        let _ = feed.await;
        ledger.close().await;
        log.close().await;
        commands.cut_off_requests + queries.cut_off_requests
    }
}
