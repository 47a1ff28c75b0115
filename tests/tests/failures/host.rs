//! A host that keeps its address when it is started again.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tidings_tests::{Process, Signal, Urls, binary, free_port, program};

/// A host of any kind.
pub struct Host {
    program: &'static str,
    /// What it says when it is up.
    up: &'static str,
    args: Vec<String>,
    /// Where it takes lines; a projection host takes none.
    pub address: SocketAddr,
    process: Process,
    /// What its earlier processes said.
    before: String,
    starts: usize,
}

/// The most lines that a host may say on standard error, for each of its starts and each outage that it lived through.
const FEW: usize = 12;

impl Host {
    /// A command host, which publishes too.
    pub fn commands(urls: &Urls) -> Self {
        let args = ["--store", &urls.store, "--bus", &urls.bus, "--relay", "on"];
        Self::launch("tidings-command-host", "commands on ", &args, true)
    }

    /// A projection host.
    pub fn projection(urls: &Urls) -> Self {
        let args = ["--store", &urls.store, "--bus", &urls.bus, "--views", &urls.views];
        Self::launch("tidings-projection-host", "projecting ", &args, false)
    }

    /// A query host.
    pub fn queries(urls: &Urls) -> Self {
        let args = ["--store", &urls.store, "--views", &urls.views];
        Self::launch("tidings-query-host", "queries on ", &args, true)
    }

    fn launch(program: &'static str, up: &'static str, args: &[&str], listens: bool) -> Self {
        let address: SocketAddr = (Ipv4Addr::LOCALHOST, if listens { free_port() } else { 0 }).into();
        let mut args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        if listens {
            args.extend(["--listen".into(), address.to_string()]);
        }
        let process = start(program, &args);
        Self { program, up, args, address, process, before: String::new(), starts: 1 }
    }

    /// Waits until it is up.
    pub async fn is_up(&mut self) {
        self.process.says(self.up).await;
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again, with the same address, and waits until it is up.
    pub async fn restart(&mut self) {
        let process = start(self.program, &self.args);
        let before = std::mem::replace(&mut self.process, process);
        self.before.push_str(&before.said());
        self.starts += 1;
        self.is_up().await;
    }

    /// SIGTERM, and waits until it has ended well.
    pub async fn stop(&mut self) {
        self.process.signal(Signal::TERM);
        let ended = self.process.ended().await;
        assert!(ended.success(), "{} ended with {ended}:\n{}", self.program, self.process.said());
    }

    /// SIGSTOP, and so much later SIGCONT.
    pub async fn hang(&self, time: Duration) {
        self.process.signal(Signal::STOP);
        tokio::time::sleep(time).await;
        self.process.signal(Signal::CONT);
    }

    /// The memory that it occupies, in MiB.
    pub fn resident_mib(&self) -> u64 {
        self.process.resident_kib() >> 10
    }

    /// All that it said.
    pub fn said(&self) -> String {
        format!("{}{}", self.before, self.process.said())
    }

    /// It said little, though much failed.
    pub fn assert_said_little(&self, outages: usize) {
        let (said, most) = (self.said(), FEW * (self.starts + outages));
        let lines = said.lines().count();
        assert!(lines <= most, "{} said {lines} lines, more than {most}:\n{said}", self.program);
    }
}

fn start(name: &str, args: &[String]) -> Process {
    let mut command = program(binary(name));
    command.args(args);
    Process::start(command)
}
