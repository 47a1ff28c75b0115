//! A host that keeps its address when it is started again.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use crate::{Process, Signal, Urls, binary, free_port, program};

/// A host of any kind.
pub struct Host {
    program: &'static str,
    /// What it says when it is up.
    up: &'static str,
    args: Vec<String>,
    /// Where it takes lines; for commands, where it takes both. A projection host takes none.
    pub address: SocketAddr,
    /// Where it answers queries, if it is all of them.
    pub queries: Option<SocketAddr>,
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

    /// A command host that records commands in a ledger.
    pub fn commands_with_ledger(urls: &Urls, ledger: &str) -> Self {
        let args = [
            "--store",
            &urls.store,
            "--bus",
            &urls.bus,
            "--relay",
            "on",
            "--ledger",
            ledger,
            "--ledger-lease",
            "2s",
        ];
        Self::launch("tidings-command-host", "commands on ", &args, true)
    }

    /// All of it in one process, on a folder of data.
    pub fn standalone(data: &Path) -> Self {
        let [address, queries] =
            [free_port(), free_port()].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let args = [
            "--data",
            &data.display().to_string(),
            "--commands",
            &address.to_string(),
            "--queries",
            &queries.to_string(),
        ]
        .map(str::to_owned)
        .to_vec();
        Self::begin("tidings", "Ctrl-C stops", args, address, Some(queries))
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
        Self::begin(program, up, args, address, None)
    }

    fn begin(
        program: &'static str,
        up: &'static str,
        args: Vec<String>,
        address: SocketAddr,
        queries: Option<SocketAddr>,
    ) -> Self {
        let process = start(program, &args);
        Self { program, up, args, address, queries, process, before: String::new(), starts: 1 }
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
        self.start_again();
        self.is_up().await;
    }

    /// Starts it again, with the same address.
    pub fn start_again(&mut self) {
        let process = start(self.program, &self.args);
        let before = std::mem::replace(&mut self.process, process);
        self.before.push_str(&before.said());
        self.starts += 1;
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
