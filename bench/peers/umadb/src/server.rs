//! UmaDB's server in a process of its own, on a fresh folder.

use std::process::Stdio;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::{Arguments, Failure};

pub struct Server {
    child: Child,
    address: String,
    _folder: tempfile::TempDir,
}

/// Starts the server with its own defaults and waits until it listens.
pub async fn start(arguments: &Arguments) -> Result<Server, Failure> {
    let folder = match &arguments.dir {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    // The port is free now; UmaDB cannot be asked to choose one and tell it.
    let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.to_string();
    let child = Command::new(&arguments.server)
        .args(["--listen", &address, "--db-path"])
        .arg(folder.path().join("uma.db"))
        .args(&arguments.server_arguments)
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| format!("{} does not start: {e}", arguments.server.display()))?;
    for _ in 0..500 {
        if TcpStream::connect(&address).await.is_ok() {
            return Ok(Server { child, address, _folder: folder });
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Err("UmaDB did not listen within 5 seconds".into())
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub async fn stop(mut self) -> Result<(), Failure> {
        self.child.kill().await?;
        Ok(())
    }
}
