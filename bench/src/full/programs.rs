//! The hosts, as the programs that people run, with their default settings.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use super::places::Place;
use crate::{Failure, process};

/// The programs, and what they say on standard error while they run.
pub(crate) struct Programs {
    folder: PathBuf,
    said: Arc<Mutex<VecDeque<String>>>,
}

const PACKAGES: [&str; 3] = ["tidings-command-host", "tidings-projection-host", "tidings-query-host"];

/// The lines that are kept of what they say.
const KEPT: usize = 20;

/// How long a host may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

impl Programs {
    /// Programs that were built before.
    pub(crate) fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), said: Arc::default() }
    }

    /// Those that lie beside this program.
    pub(crate) fn beside() -> Result<Self, Failure> {
        Ok(Self::of(&std::env::current_exe()?.with_file_name("")))
    }

    /// Builds them where they are not up to date: beside this program, with the same features, for release.
    pub(crate) fn build() -> Result<Self, Failure> {
        let this = std::env::current_exe()?;
        // <target folder>/<profile>/tidings-bench
        let target = this.ancestors().nth(2).ok_or("this program lies in no target folder")?;
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::null());
        cargo.args(["build", "--release", "--locked", "--target-dir"]).arg(target);
        // With the features that this program has of them, so that nothing is built twice.
        cargo.args(["--no-default-features", "--package", "tidings-bench"]);
        cargo.args(["--features", "tidings-bench/servers"]);
        for package in PACKAGES {
            cargo.args(["--package", package, "--features", &format!("{package}/servers"), "--bin", package]);
        }
        // What cargo tells this program about its own package would make some packages be built again.
        let of_this = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"];
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| of_this.iter().any(|front| name.starts_with(front))) {
                cargo.env_remove(name);
            }
        }
        if cargo.status()?.success() {
            Ok(Self::of(&target.join("release")))
        } else {
            Err("the hosts cannot be built".into())
        }
    }

    /// A command host; `more` are further arguments.
    pub(crate) fn command_host(&self, place: &Place<'_>, more: &[&str]) -> Result<Program, Failure> {
        let store = place.store();
        self.start(PACKAGES[0], &[&["--store", &store, "--listen", FREE], more].concat(), "commands on ")
    }

    /// A projection host on a bus of this place.
    pub(crate) fn projection_host(&self, place: &Place<'_>) -> Result<Program, Failure> {
        let (store, bus, views) = (place.store(), place.bus(), place.views());
        let arguments = ["--store", &store, "--bus", &bus, "--views", &views];
        self.start(PACKAGES[1], &arguments, "projecting ")
    }

    /// A query host.
    pub(crate) fn query_host(&self, place: &Place<'_>) -> Result<Program, Failure> {
        let (store, views) = (place.store(), place.views());
        let arguments = ["--store", &store, "--views", &views, "--listen", FREE];
        self.start(PACKAGES[2], &arguments, "queries on ")
    }

    /// What they said last, for when a measurement has failed.
    pub(crate) fn said(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.iter().map(|line| format!("{line}\n")).collect()
    }

    /// Starts one, and returns when it has said that it began.
    fn start(&self, name: &str, arguments: &[&str], begins: &'static str) -> Result<Program, Failure> {
        let mut command = Command::new(self.folder.join(name));
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("TIDINGS_") {
                command.env_remove(name);
            }
        }
        let missing =
            |e| format!("{} cannot be started, build it first: {e}", self.folder.join(name).display());
        let mut child = command.spawn().map_err(missing)?;
        let (told, tells) = mpsc::channel();
        if let Some(stderr) = child.stderr.take() {
            let said = self.said.clone();
            thread::spawn(move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    if let Some((_, rest)) = line.split_once(begins) {
                        let _ = told.send(rest.to_owned());
                    }
                    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
                    said.push_back(line);
                    if said.len() > KEPT {
                        said.pop_front();
                    }
                }
            });
        }
        let mut program = Program { child, address: None };
        let rest = tells.recv_timeout(PATIENCE).map_err(|_| format!("{name} did not start"))?;
        program.address = rest.split([',', ' ']).next().and_then(|address| address.parse().ok());
        Ok(program)
    }
}

const FREE: &str = "127.0.0.1:0";

/// A running host; killed when dropped.
pub(crate) struct Program {
    child: Child,
    address: Option<SocketAddr>,
}

impl Program {
    /// Where it listens.
    pub(crate) fn address(&self) -> Result<SocketAddr, Failure> {
        Ok(self.address.ok_or("a host did not tell its address")?)
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

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
