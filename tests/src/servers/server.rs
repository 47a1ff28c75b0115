//! One server.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::sleep;

use crate::servers::tree;
use crate::{Disk, LIMIT, Process, Proxy, Signal, until_within};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// MongoDB's protocol, first.
    MongoDb,
    /// MongoDB's protocol, second, of another making.
    FerretDb,
    /// Kafka.
    Kafka,
    /// PostgreSQL.
    Postgres,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::MongoDb => "mongodb",
            Self::FerretDb => "ferretdb",
            Self::Kafka => "kafka",
            Self::Postgres => "postgres",
        }
    }

    /// What a client is given to reach such a server at an address, its own or that of a proxy.
    pub fn url(self, address: SocketAddr) -> String {
        match self {
            Self::MongoDb | Self::FerretDb => format!("mongodb://{address}/?directConnection=true"),
            Self::Kafka => address.to_string(),
            Self::Postgres => format!("postgres://postgres@{address}/postgres"),
        }
    }
}

/// A server with data of its own; it and they are gone when this is dropped.
pub struct Server {
    kind: Kind,
    port: u16,
    /// Kafka: the ports of all brokers.
    ports: Option<String>,
    /// Kafka: where it tells clients that it is.
    advertised: Option<u16>,
    disk: Option<Arc<Disk>>,
    process: Option<Process>,
    data: TempDir,
}

impl Server {
    /// Starts one and waits until it answers.
    ///
    /// # Panics
    /// When it does not; `dev/servers fetch` may not have been run.
    pub async fn start(kind: Kind) -> Self {
        Self::start_as(Self::new(kind, free_port())).await
    }

    /// Starts one with a proxy in front of it, to which it also sends clients that ask it where it is.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn start_behind_proxy(kind: Kind) -> (Self, Proxy) {
        let mut server = Self::new(kind, free_port());
        let proxy = Proxy::start(server.address());
        server.advertised = Some(proxy.address().port());
        (Self::start_as(server).await, proxy)
    }

    /// Starts one on a disk that fails when it is told to.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub async fn start_on_disk(kind: Kind) -> (Self, Arc<Disk>) {
        let mut server = Self::new(kind, free_port());
        let disk = Arc::new(Disk::around(server.data.path()));
        server.disk = Some(disk.clone());
        (Self::start_as(server).await, disk)
    }

    pub(super) fn broker(port: u16, ports: &str) -> Self {
        let mut broker = Self::new(Kind::Kafka, port);
        broker.ports = Some(ports.to_owned());
        broker
    }

    fn new(kind: Kind, port: u16) -> Self {
        let folder = checkout().join("target/servers/tests");
        std::fs::create_dir_all(&folder).unwrap();
        let data = TempDir::with_prefix_in(kind.name(), folder).unwrap();
        Self { kind, port, ports: None, advertised: None, disk: None, process: None, data }
    }

    async fn start_as(mut server: Self) -> Self {
        server.launch();
        server.answers().await;
        server
    }

    /// Where it listens, whatever is in front of it.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// What a client is given to reach it without a proxy.
    pub fn url(&self) -> String {
        self.kind.url(self.address())
    }

    /// Where its data are.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// The id of its process.
    ///
    /// # Panics
    /// When it was killed.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("the server was killed").id()
    }

    /// Ends it at once, as a crash does. Its data stay.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            tree::signal(process.id(), Signal::KILL);
            process.kill();
        }
    }

    /// Starts it again, killing it first where it runs, on the same port and data, and waits until it answers.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn restart(&mut self) {
        self.kill();
        self.launch();
        self.answers().await;
    }

    /// Stops it in its tracks (SIGSTOP): connections stay open, and nobody answers.
    ///
    /// # Panics
    /// When it was killed.
    pub fn pause(&self) {
        tree::signal(self.id(), Signal::STOP);
    }

    /// Lets it go on.
    ///
    /// # Panics
    /// When it was killed.
    pub fn resume(&self) {
        tree::signal(self.id(), Signal::CONT);
    }

    pub(super) fn launch(&mut self) {
        let mut command = dev_servers();
        command
            .args(["run", self.kind.name(), &self.port.to_string()])
            .arg(self.data.path())
            .args(&self.ports);
        // It lives for seconds only: the second compiler would cost it more than it gains.
        command.env("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1");
        if let Some(port) = self.advertised {
            command.env("TIDINGS_KAFKA_ADVERTISED", port.to_string());
        }
        if let Some(disk) = &self.disk {
            disk.on(&mut command);
        }
        self.process = Some(Process::start(command));
    }

    /// Waits until it answers. What it left behind when it was killed may be in its way for a moment: then it ends, and
    /// is started again.
    pub(super) async fn answers(&mut self) {
        let (mut tries, brokers) = (3, self.ports.as_ref().map_or(1, |ports| ports.split(',').count()));
        // Several servers at once, on few cores that have other things to do, take their time.
        until_within(3 * LIMIT, &format!("{} answers", self.kind.name()), async || {
            if let Some(ended) = self.process.as_mut()?.try_ended() {
                tries -= 1;
                assert!(tries > 0, "{} ended ({ended})", self.kind.name());
                self.launch();
            }
            // The script is not cheap, and the server wants the processor.
            sleep(Duration::from_millis(100)).await;
            TcpStream::connect(self.address()).ok()?;
            let mut ask = tokio::process::Command::from(dev_servers());
            ask.args(["answers", self.kind.name(), &self.port.to_string(), &brokers.to_string()]);
            ask.status().await.unwrap().success().then_some(())
        })
        .await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The process itself is killed, and tells what it said where the test failed, when it is dropped.
        if let Some(process) = &self.process {
            tree::signal(process.id(), Signal::KILL);
        }
    }
}

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn dev_servers() -> Command {
    Command::new(checkout().join("dev/servers"))
}

/// A port that is free, as is the one after it, and that was not given before: who was given one may not listen yet.
///
/// # Panics
/// When `dev/servers` does not run.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let said = dev_servers().arg("port").output().unwrap();
        let port = String::from_utf8(said.stdout).unwrap().trim().parse().unwrap();
        if GIVEN.lock().unwrap().insert(port) {
            return port;
        }
    }
}
