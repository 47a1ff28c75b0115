//! A line a measurement.

use std::time::Duration;

pub fn head() {
    println!("events of 400 bytes, one a commit; durable before every answer");
    println!(
        "{:<40} {:>10} {:>8} {:>8} {:>8} {:>12} {:>8}",
        "", "commits/s", "p50 ms", "p99 ms", "max ms", "CPU µs each", "writer's"
    );
}

/// Prints a line and gives the rate.
pub fn report(what: &str, mut latencies: Vec<Duration>, took: Duration, since: &Cpu) -> f64 {
    let cpu = Cpu::now();
    latencies.sort_unstable();
    let count = latencies.len() as f64;
    let at = |share: f64| {
        let place = (count * share) as usize;
        latencies.get(place.min(latencies.len() - 1)).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    let each = |nanos: u64| nanos as f64 / 1e3 / count;
    let rate = count / took.as_secs_f64();
    println!(
        "{what:<40} {rate:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>12.1} {:>8.1}",
        at(0.5),
        at(0.99),
        at(1.0),
        each(cpu.all - since.all),
        each(cpu.writer.saturating_sub(since.writer)),
    );
    rate
}

/// The CPU time of the threads that run, in nanoseconds; 0 where there is no `/proc`.
pub struct Cpu {
    all: u64,
    writer: u64,
}

impl Cpu {
    pub fn now() -> Self {
        let mut cpu = Self { all: 0, writer: 0 };
        for task in std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
            let read = |name: &str| std::fs::read_to_string(task.path().join(name)).unwrap_or_default();
            let nanos = read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
            cpu.all += nanos;
            if read("comm").trim() == "log-writer" {
                cpu.writer += nanos;
            }
        }
        cpu
    }
}
