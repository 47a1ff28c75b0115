//! The programs as tests start them: on free ports, and with the addresses that they print.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use crate::process::program;
use crate::{Process, Talk, Urls, binary};

const FREE: &str = "127.0.0.1:0";

fn address(said: &str) -> SocketAddr {
    let end = said.find([',', ';', ' ']).unwrap_or(said.len());
    said[..end].parse().unwrap_or_else(|_| panic!("an address, not {said:?}"))
}

/// The standalone program.
pub struct Tidings {
    /// The process.
    pub process: Process,
    /// Where it takes commands.
    pub commands: SocketAddr,
    /// Where it answers queries.
    pub queries: SocketAddr,
}

impl Tidings {
    /// On a folder of data.
    pub async fn start(data: &Path) -> Self {
        Self::start_with(data, |_| {}).await
    }

    /// With more arguments, or in another environment.
    pub async fn start_with(data: &Path, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = Self::command(data);
        configure(&mut command);
        Self::up(Process::start(command)).await
    }

    /// How it would be started.
    pub fn command(data: &Path) -> Command {
        let mut command = program(binary("tidings"));
        command.args(["--commands", FREE, "--queries", FREE, "--data"]).arg(data);
        command
    }

    /// Waits until it is up.
    pub async fn up(mut process: Process) -> Self {
        let commands = address(&process.says("commands on ").await);
        let queries = address(&process.says("queries on ").await);
        Self { process, commands, queries }
    }

    /// A connection for commands.
    pub async fn commander(&self) -> Talk {
        Talk::to(self.commands).await
    }

    /// A connection for queries.
    pub async fn asker(&self) -> Talk {
        Talk::to(self.queries).await
    }
}

/// The command host.
pub struct CommandHost {
    /// The process.
    pub process: Process,
    /// Where it takes commands.
    pub commands: SocketAddr,
}

impl CommandHost {
    /// On a folder of data.
    pub async fn start(data: &Path) -> Self {
        Self::on(&Urls::embedded(data), |_| {}).await
    }

    /// On stores and a bus, with more arguments, or in another environment.
    pub async fn on(urls: &Urls, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = program(binary("tidings-command-host"));
        command.args(["--listen", FREE]);
        urls.tell_store(&mut command);
        urls.tell_bus(&mut command);
        configure(&mut command);
        let mut process = Process::start(command);
        let commands = address(&process.says("commands on ").await);
        Self { process, commands }
    }

    /// A connection.
    pub async fn talk(&self) -> Talk {
        Talk::to(self.commands).await
    }
}

/// A query host.
pub struct QueryHost {
    /// The process.
    pub process: Process,
    /// Where it answers queries.
    pub queries: SocketAddr,
}

impl QueryHost {
    /// On a folder of data.
    pub async fn start(data: &Path) -> Self {
        Self::on(&Urls::embedded(data), |_| {}).await
    }

    /// On stores, with more arguments, or in another environment.
    pub async fn on(urls: &Urls, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = program(binary("tidings-query-host"));
        command.args(["--listen", FREE]);
        urls.tell_store(&mut command);
        urls.tell_views(&mut command);
        configure(&mut command);
        let mut process = Process::start(command);
        let queries = address(&process.says("queries on ").await);
        Self { process, queries }
    }

    /// A connection.
    pub async fn talk(&self) -> Talk {
        Talk::to(self.queries).await
    }
}

/// The projection host.
pub struct ProjectionHost {
    /// The process.
    pub process: Process,
}

impl ProjectionHost {
    /// On a folder of data.
    pub async fn start(data: &Path) -> Self {
        Self::on(&Urls::embedded(data), |_| {}).await
    }

    /// On stores and a bus, with more arguments, or in another environment.
    pub async fn on(urls: &Urls, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = program(binary("tidings-projection-host"));
        urls.tell_store(&mut command);
        urls.tell_bus(&mut command);
        urls.tell_views(&mut command);
        configure(&mut command);
        let mut process = Process::start(command);
        process.says("projecting ").await;
        Self { process }
    }
}

/// The process host.
pub struct ProcessHost {
    /// The process.
    pub process: Process,
}

impl ProcessHost {
    /// On stores and a ledger, with commands to this host, and with more arguments.
    pub async fn on(
        urls: &Urls,
        ledger: &str,
        commands: SocketAddr,
        configure: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = program(binary("tidings-process-host"));
        command.args(["--ledger", ledger, "--commands", &commands.to_string()]);
        urls.tell_store(&mut command);
        urls.tell_views(&mut command);
        configure(&mut command);
        let mut process = Process::start(command);
        process.says("following ").await;
        Self { process }
    }
}
