//! How fast the embedded log is, beside the bare SQLite that it stands on.
//!
//! `cargo run --release -p tidings-eventstore --example append_rate -- [SECONDS] [FOLDER]`

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_domain::Encoded;
use tidings_eventstore::{Append, EventStore, Options, SqliteLog};
use tidings_world::{System, World};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().map_or(Ok(3), |s| s.parse())?;
    let time = Duration::from_secs(seconds);
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = folder.join(format!("tidings-append-rate-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    println!("events of 400 bytes, one a commit; fsync before every answer");
    println!(
        "{:<34} {:>10} {:>8} {:>8} {:>8} {:>12} {:>8}",
        "", "commits/s", "p50 ms", "p99 ms", "max ms", "CPU µs each", "writer's"
    );
    bare(&folder, 1, time)?;
    bare(&folder, 256, time)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    for clients in [1, 16, 256, 1024] {
        let folder = folder.join(format!("{clients}"));
        runtime.block_on(store(&folder, clients, time))?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Rows of the same size into a table with one index, `together` in a transaction.
fn bare(folder: &Path, together: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let connection = rusqlite::Connection::open(folder.join(format!("bare-{together}.sqlite")))?;
    connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch("CREATE TABLE rows (id INTEGER PRIMARY KEY, data TEXT NOT NULL)")?;
    let mut insert = connection.prepare("INSERT INTO rows (data) VALUES (?1)")?;
    let (data, mut latencies) = ("x".repeat(600), Vec::new());
    let (start, cpu) = (Instant::now(), Cpu::now());
    while start.elapsed() < time {
        let begin = Instant::now();
        if together > 1 {
            connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        for _ in 0..together {
            insert.execute([&data])?;
        }
        if together > 1 {
            connection.execute_batch("COMMIT")?;
        }
        latencies.extend(std::iter::repeat_n(begin.elapsed(), together));
    }
    report(&format!("bare SQLite, {together} row(s) a commit"), latencies, start.elapsed(), cpu);
    Ok(())
}

async fn store(folder: &Path, clients: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let log = SqliteLog::create_or_open(folder, 8)?;
    let world = Arc::new(System::new());
    let store = EventStore::start(Arc::new(log.clone()), world.clone(), Options::default());
    let (start, cpu) = (Instant::now(), Cpu::now());
    let tasks: Vec<_> = (0..clients)
        .map(|_| {
            let (store, world) = (store.clone(), world.clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                while start.elapsed() < time {
                    let begin = Instant::now();
                    store.append(append(&*world)).await.map_err(|e| e.to_string())?;
                    latencies.push(begin.elapsed());
                }
                Ok::<_, String>(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    report(&format!("store.append, {clients} at a time"), latencies, start.elapsed(), cpu);
    reads(&store, clients, time / 3).await?;
    drop(store);
    log.close().await;
    Ok(())
}

/// Reads of one stream each, of those appended last.
async fn reads(store: &EventStore, clients: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let after = store.head(0).await?.number.saturating_sub(1_000);
    let commits = store.read_partition(0, after, 1_000).await?.commits;
    let (start, cpu) = (Instant::now(), Cpu::now());
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (store, commits) = (store.clone(), commits.clone());
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                for commit in commits.iter().cycle().skip(client) {
                    if start.elapsed() >= time {
                        break;
                    }
                    let begin = Instant::now();
                    store.read_stream(&commit.stream, 1, 10).await.map_err(|e| e.to_string())?;
                    latencies.push(begin.elapsed());
                }
                Ok::<_, String>(latencies)
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    report(&format!("store.read_stream, {clients} at a time"), latencies, start.elapsed(), cpu);
    Ok(())
}

fn append(world: &dyn World) -> Append {
    let id = world.id();
    let data = format!(r#"{{"post":"{id}","text":"{}"}}"#, "x".repeat(345));
    Append {
        stream: format!("post-{id}").parse().unwrap_or_else(|_| unreachable!("a kind and an id")),
        expected: 0,
        events: vec![Encoded { name: "PostCreated".into(), schema: 1, data }],
        command: id,
        correlation: id,
        causation: None,
        actor: id,
        occurred_at: None,
    }
}

fn report(what: &str, mut latencies: Vec<Duration>, took: Duration, since: Cpu) {
    let cpu = Cpu::now();
    latencies.sort_unstable();
    let count = latencies.len() as f64;
    let at = |share: f64| {
        let place = (count * share) as usize;
        latencies.get(place.min(latencies.len() - 1)).map_or(0.0, |d| d.as_secs_f64() * 1e3)
    };
    let each = |nanos: u64| nanos as f64 / 1e3 / count;
    println!(
        "{what:<34} {:>10.0} {:>8.2} {:>8.2} {:>8.2} {:>12.1} {:>8.1}",
        count / took.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(1.0),
        each(cpu.all - since.all),
        each(cpu.writer.saturating_sub(since.writer)),
    );
}

/// The CPU time of the threads that run, in nanoseconds; 0 where there is no `/proc`.
struct Cpu {
    all: u64,
    writer: u64,
}

impl Cpu {
    fn now() -> Self {
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
