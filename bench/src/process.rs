//! What a process uses, as the system tells it; 0 where it does not.

use std::fs::read_to_string;

/// The memory that it holds now, in MiB.
pub(crate) fn memory_mib(process: u32) -> f64 {
    status_mib(process, "VmRSS:")
}

/// The most memory that it held until now, in MiB.
pub(crate) fn peak_memory_mib(process: u32) -> f64 {
    status_mib(process, "VmHWM:")
}

fn status_mib(process: u32, name: &str) -> f64 {
    let status = read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.trim().split(' ').next()?.parse::<f64>().ok());
    kib.unwrap_or_default() / 1024.0
}

/// The processor time that it has used, in seconds, to a hundredth.
pub(crate) fn processor_s(process: u32) -> f64 {
    let stat = read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; user and system time are the 12th and 13th words after it.
    let words = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    words.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
