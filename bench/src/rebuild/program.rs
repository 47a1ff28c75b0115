//! `replay rebuild`, as people run it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::{Failure, process};

/// All that the machine has.
pub(crate) const FULL_SPEED: &str = "--full-speed";

/// The program.
pub(crate) struct Replay(PathBuf);

/// What it said at its end, and the most memory that it held.
pub(crate) struct Rebuilt {
    pub(crate) events: f64,
    pub(crate) seconds: f64,
    pub(crate) settle_s: f64,
    pub(crate) compare_s: f64,
    pub(crate) memory_mib: f64,
}

impl Replay {
    /// The one that lies beside this program.
    pub(crate) fn beside() -> Result<Self, Failure> {
        let file = std::env::current_exe()?.with_file_name("replay");
        match file.exists() {
            true => Ok(Self(file)),
            false => Err("there is no replay beside this program; build it too: -p tidings-replay".into()),
        }
    }

    /// Starts a rebuild.
    pub(crate) fn start(&self, store: &str, views: &str, more: &[&str]) -> Result<Running, Failure> {
        let mut command = Command::new(&self.0);
        command.args(["--json", "--store", store, "--views", views, "rebuild"]).args(more);
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        Ok(Running(child))
    }

    /// Rebuilds from beginning to end.
    pub(crate) fn rebuild(&self, store: &str, views: &str, more: &[&str]) -> Result<Rebuilt, Failure> {
        self.start(store, views, more)?.wait()
    }
}

/// A rebuild that runs.
pub(crate) struct Running(Child);

impl Running {
    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Result<Rebuilt, Failure> {
        let stdout = self.0.stdout.take().ok_or("no output")?;
        let reading = thread::spawn(move || {
            let done = |line: &String| line.starts_with(r#"{"rebuilt""#);
            BufReader::new(stdout).lines().map_while(Result::ok).filter(done).last()
        });
        let mut memory_mib = 0.0;
        while self.0.try_wait()?.is_none() {
            memory_mib = process::peak_memory_mib(self.0.id()).max(memory_mib);
            thread::sleep(Duration::from_millis(20));
        }
        let said = reading.join().map_err(|_| "the reader panicked")?.ok_or("the rebuild failed")?;
        let said: Value = serde_json::from_str(&said)?;
        let number = |name: &str| said["rebuilt"][name].as_f64().ok_or("the rebuild told no figures");
        if said["rebuilt"]["swapped"] != true {
            return Err(format!("the rebuild was not swapped in: {said}").into());
        }
        Ok(Rebuilt {
            events: number("events")?,
            seconds: number("seconds")?,
            settle_s: number("settle_s")?,
            compare_s: number("compare_s")?,
            memory_mib,
        })
    }
}

/// The URL of a folder.
pub(crate) fn folder(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}
