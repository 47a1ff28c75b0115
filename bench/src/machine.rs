//! The machine that a figure was measured on.

use std::fs;
use std::path::Path;

use serde::Serialize;

/// What decides how fast it can be. Empty or 0 where the system does not tell.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cores: usize,
    cpu: String,
    memory_mib: u64,
    kernel: String,
    /// The file system and device of the folder that was measured on.
    file_system: String,
}

impl Machine {
    /// Of the machine that this runs on; `folder` is where the files are.
    pub(crate) fn here(folder: &Path) -> Self {
        let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let field = |file: &str, name: &str| {
            let line = read(file).lines().find(|line| line.starts_with(name)).map(str::to_owned);
            line.and_then(|line| Some(line.split_once(':')?.1.trim().to_owned())).unwrap_or_default()
        };
        let memory = field("/proc/meminfo", "MemTotal");
        let memory: u64 = memory.split(' ').next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
        Self {
            cores: std::thread::available_parallelism().map_or(0, Into::into),
            cpu: field("/proc/cpuinfo", "model name"),
            memory_mib: memory / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            file_system: file_system(folder, &read("/proc/self/mounts")).unwrap_or_default(),
        }
    }

    /// On one line, for a person.
    pub(crate) fn line(&self) -> String {
        let Self { cores, cpu, memory_mib, kernel, file_system } = self;
        format!("{cores} cores of {cpu}, {memory_mib} MiB, Linux {kernel}, {file_system}")
    }
}

/// The mount that a folder is on: the one with the longest path that leads to it.
fn file_system(folder: &Path, mounts: &str) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?))
    });
    let mine = mounts.filter(|(_, at, _)| folder.starts_with(at)).max_by_key(|(_, at, _)| at.len());
    mine.map(|(device, _, kind)| format!("{kind} on {device}"))
}
