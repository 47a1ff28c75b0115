//! A process and those that it started: PostgreSQL has one for each connection.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

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
}

fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).ok();
    let all: Vec<_> = threads.into_iter().flatten().flatten().filter_map(children).collect();
    all.iter().flat_map(|line| line.split_whitespace()).filter_map(|id| id.parse().ok()).collect()
}
