//! A broker of one's own, to be killed.

use std::future::Future;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tempfile::TempDir;
use tokio::process::{Child, Command};

pub struct Broker {
    port: u16,
    folder: TempDir,
    process: Child,
}

fn servers() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev/servers"))
}

impl Broker {
    pub async fn start() -> Self {
        let port = servers().arg("port").output().await.expect("dev/servers runs");
        let port: u16 =
            String::from_utf8(port.stdout).unwrap().trim().parse().expect("dev/servers names a port");
        let folder = tempfile::tempdir().unwrap();
        let process = run(port, folder.path());
        let broker = Self { port, folder, process };
        broker.answers().await;
        broker
    }

    pub fn servers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    pub async fn start_again(&mut self) {
        self.process = run(self.port, self.folder.path());
        self.answers().await;
    }

    /// Stops it for a while, without its knowing.
    pub async fn hang(&self, time: Duration, meanwhile: impl Future<Output = ()>) {
        self.signal("-STOP").await;
        tokio::join!(tokio::time::sleep(time), meanwhile);
        self.signal("-CONT").await;
    }

    async fn signal(&self, signal: &str) {
        let id = self.process.id().expect("it runs").to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
    }

    async fn answers(&self) {
        let started = Instant::now();
        let servers = self.servers();
        let answers = || {
            let mut config = ClientConfig::new();
            let consumer: BaseConsumer = config.set("bootstrap.servers", &servers).create().unwrap();
            consumer
                .fetch_metadata(None, Duration::from_secs(1))
                .is_ok_and(|found| !found.brokers().is_empty())
        };
        while !answers() {
            assert!(started.elapsed() < Duration::from_secs(90), "the broker starts");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

fn run(port: u16, folder: &Path) -> Child {
    servers()
        .args(["run", "kafka", &port.to_string()])
        .arg(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("dev/servers runs")
}
