//! A process and those that it started: PostgreSQL has one for each connection.

use std::time::{Duration, Instant};
use std::{fs, thread};

use rustix::process::{Pid, Signal, kill_process};

/// How long a process may take to stop.
const LIMIT: Duration = Duration::from_secs(10);

/// Sends a signal to a process and then to those that it started. Those that have ended meanwhile do not matter.
pub fn signal(process: u32, signal: Signal) {
    let mut to = vec![process];
    while let Some(process) = to.pop() {
        // Stopped first, so that it starts no more while they are looked for.
        send(process, if signal == Signal::KILL { Signal::STOP } else { signal });
        to.extend(children(process));
        send(process, signal);
    }
}

fn send(process: u32, signal: Signal) {
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = kill_process(process, signal);
    }
    if signal == Signal::STOP {
        await_stopped(process);
    }
}

/// A busy machine lets a process that was told to stop run on for a moment.
fn await_stopped(process: u32) {
    let begun = Instant::now();
    while !has_stopped(process) {
        assert!(begun.elapsed() < LIMIT, "process {process} does not stop");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whether none of its threads runs or waits for something.
fn has_stopped(process: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    threads.into_iter().flatten().flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        // The state follows the name in brackets, which may hold anything.
        stat.rsplit_once(") ").is_none_or(|(_, state)| !state.starts_with(['R', 'S', 'D']))
    })
}

fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    let all: Vec<_> = threads.into_iter().flatten().flatten().filter_map(children).collect();
    all.iter().flat_map(|line| line.split_whitespace()).filter_map(|id| id.parse().ok()).collect()
}
