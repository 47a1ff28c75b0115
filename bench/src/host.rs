//! A host in a process of its own, so that its memory can be read and its start timed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use clap::Args;
use tidings_bus::LocalBus;
use tidings_command_host as command_host;
use tidings_domain::Limits;
use tidings_eventstore::{EventStore, SqliteLog};
use tidings_projections::sqlite::SqliteReader;
use tidings_query_host as query_host;
use tidings_wiring::LedgerUrl;
use tidings_world::System;
use tokio::net::TcpListener;

use crate::event::PARTITIONS;
use crate::{Failure, process};

/// Serves as `tidings-command-host` or `tidings-query-host` does, with its defaults, until standard input ends.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder of the log.
    data: PathBuf,
    /// The folder of the read model: queries are served in place of commands.
    #[arg(long)]
    views: Option<PathBuf>,
    /// Commands are recorded in a ledger, in the folder of the log.
    #[arg(long)]
    ledger: bool,
}

/// The hidden subcommand: prints its address, then serves.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let runtime = tidings_wiring::runtime()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        match &options.views {
            None => commands(&options.data, options.ledger, listener).await,
            Some(views) => queries(&options.data, views, listener).await,
        }
    })
}

async fn commands(data: &Path, ledger: bool, listener: TcpListener) -> Result<(), Failure> {
    let world = Arc::new(System::new());
    let log = SqliteLog::create_or_open(data, PARTITIONS)?;
    let url = if ledger { LedgerUrl::Sqlite(data.into()) } else { LedgerUrl::None };
    let ledger = url.open().await?;
    let record = |ledger| command_host::Recording { ledger, alone: true, options: Default::default() };
    println!("{}", listener.local_addr()?);
    let host = command_host::Host {
        store: EventStore::start(Arc::new(log.clone()), world.clone(), Default::default()),
        world,
        relay_to: Some(Arc::new(LocalBus::default())),
        moderators: Default::default(),
        sharing: None,
        recording: ledger.ledger().map(record),
        limits: Limits::default(),
        options: command_host::Options::default(),
        wire: tidings_wire::Limits::default(),
    };
    command_host::run(listener, host, end_of_input()).await;
    ledger.close().await;
    log.close().await;
    Ok(())
}

async fn queries(data: &Path, views: &Path, listener: TcpListener) -> Result<(), Failure> {
    let world = Arc::new(System::new());
    let log = SqliteLog::open_read_only(data)?;
    let store = EventStore::start(Arc::new(log.clone()), world.clone(), Default::default());
    let reader = Arc::new(SqliteReader::open(views)?);
    println!("{}", listener.local_addr()?);
    let host = query_host::Host {
        store: Arc::new(store.into()),
        reader,
        ledger: None,
        progress: None,
        world,
        wire: tidings_wire::Limits::default(),
    };
    query_host::run(listener, host, end_of_input()).await;
    log.close().await;
    Ok(())
}

/// Ends when whoever started this process is done with it, or gone.
async fn end_of_input() {
    let wait = || drop(std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = tokio::task::spawn_blocking(wait).await;
}

/// A running host; stopped when dropped.
pub(crate) struct Host {
    child: Child,
    input: Option<ChildStdin>,
    pub(crate) address: SocketAddr,
}

impl Host {
    /// Starts a command host on a folder, and returns when it listens.
    pub(crate) fn start(data: &Path) -> Result<Self, Failure> {
        Self::spawn(Command::new(std::env::current_exe()?).arg("host").arg(data))
    }

    /// Starts a command host that records commands.
    pub(crate) fn start_recording(data: &Path) -> Result<Self, Failure> {
        Self::spawn(Command::new(std::env::current_exe()?).arg("host").arg(data).arg("--ledger"))
    }

    /// Starts a query host on the folders of a log and of its read model.
    pub(crate) fn queries(data: &Path, views: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        Self::spawn(command.arg("host").arg(data).arg("--views").arg(views))
    }

    /// Starts a program that prints its address and stops when its standard input ends.
    fn spawn(command: &mut Command) -> Result<Self, Failure> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, mut line) = (child.stdin.take(), String::new());
        if let Some(output) = child.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        match line.trim().parse() {
            Ok(address) => Ok(Self { child, input, address }),
            Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                Err("the host did not start".into())
            }
        }
    }

    /// The memory that it holds now, in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        process::memory_mib(self.child.id())
    }

    /// The processor time that it has used, in seconds.
    pub(crate) fn processor_s(&self) -> f64 {
        process::processor_s(self.child.id())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
