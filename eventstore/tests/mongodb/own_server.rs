//! A server of a test's own, to stop and to kill.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use tempfile::TempDir;
use tidings_eventstore::MongoUrl;

/// A server that ends with this value. Its data outlive it until then.
pub(crate) struct OwnServer {
    process: Child,
    port: u16,
    folder: TempDir,
}

impl OwnServer {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let server = Self { process: run(port, folder.path()), port, folder };
        server.until_there().await;
        server
    }

    pub(crate) fn url(&self) -> MongoUrl {
        format!("mongodb://127.0.0.1:{}/log?directConnection=true", self.port).parse().unwrap()
    }

    /// SIGSTOP, which takes a moment to arrive: nothing of the process runs afterwards.
    pub(crate) fn pause(&self) {
        let process = Pid::from_child(&self.process);
        kill_process(process, Signal::STOP).unwrap();
        let (_, status) = waitpid(Some(process), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped(), "{status:?}");
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) {
        kill_process(Pid::from_child(&self.process), Signal::CONT).unwrap();
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// On the same port and data.
    pub(crate) async fn start_again(&mut self) {
        self.process = run(self.port, self.folder.path());
        self.until_there().await;
    }

    async fn until_there(&self) {
        let there = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), there).await;
        waited.unwrap_or_else(|_| panic!("`dev/servers run mongodb` does not answer"));
    }
}

/// One that a connection going out does not take while the server is away.
fn free_port() -> u16 {
    let said = dev_servers().arg("port").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().parse().unwrap()
}

fn dev_servers() -> Command {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev/servers"))
}

fn run(port: u16, folder: &Path) -> Child {
    dev_servers()
        .args(["run", "mongodb", &port.to_string()])
        .arg(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
