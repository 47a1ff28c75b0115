//! A program that runs until the test is done with it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};

use crate::until;

/// A process; killed when dropped.
pub struct Process {
    child: Child,
    said: Arc<Mutex<String>>,
    /// Ends when all that it said is kept.
    keeping: JoinHandle<()>,
}

impl Process {
    /// Starts a program. What it says on standard error is kept.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (said, stderr) = (Arc::new(Mutex::new(String::new())), child.stderr.take().unwrap());
        let keep = said.clone();
        let keeping = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let mut said = keep.lock().unwrap();
                said.push_str(&line);
                said.push('\n');
            }
        });
        Self { child, said, keeping }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it said so far on standard error.
    ///
    /// # Panics
    /// Where reading it panicked.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits until it says something; gives what follows on that line.
    ///
    /// # Panics
    /// When it ends before that, or takes too long.
    pub async fn says(&mut self, text: &str) -> String {
        until(&format!("the process says {text:?}"), async || {
            let said = self.said();
            if let Some((_, rest)) = said.split_once(text)
                && let Some((line, _)) = rest.split_once('\n')
            {
                return Some(line.to_owned());
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the process ended ({ended:?}) and said:\n{}", self.said());
            None
        })
        .await
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// When there is no such process any more.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Sends signals from elsewhere; one that comes too late is lost.
    pub fn killer(&self) -> impl Fn(Signal) + Send + 'static {
        let process = Pid::from_child(&self.child);
        move |signal| {
            let _ = kill_process(process, signal);
        }
    }

    /// Waits for its end, and for all that it said.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = until("the process ends", async || self.child.try_wait().unwrap()).await;
        until("all that it said is kept", async || self.keeping.is_finished().then_some(())).await;
        status
    }

    /// What it ended with, where it has.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn try_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// SIGKILL, and waits for its end.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How many files and connections it has open.
    ///
    /// # Panics
    /// Where the system has no `/proc`.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id())).unwrap().count()
    }

    /// The memory that it occupies, in KiB.
    ///
    /// # Panics
    /// Where the system has no `/proc`.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("process {} said:\n{}", self.id(), self.said());
        }
    }
}

/// A program without what the environment of the test would tell it.
pub fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TIDINGS_") {
            command.env_remove(name);
        }
    }
    command
}
