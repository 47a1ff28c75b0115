//! The same load for every log.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_domain::Encoded;
use tidings_eventstore::{Append, EventStore, Log, Options};
use tidings_world::{System, World};

use crate::report::{Cpu, report};

/// So many clients that append one after another, then read. Gives the rate of appends.
pub async fn store(log: impl Log + 'static, clients: usize, time: Duration) -> Result<f64, Box<dyn Error>> {
    let world = Arc::new(System::new());
    let store = EventStore::start(Arc::new(log), world.clone(), Options::default());
    let (start, cpu) = (Instant::now(), Cpu::now());
    let append = |_| {
        let (store, world) = (store.clone(), world.clone());
        async move {
            let mut latencies = Vec::new();
            while start.elapsed() < time {
                let begin = Instant::now();
                store.append(append(&*world)).await.map_err(|e| e.to_string())?;
                latencies.push(begin.elapsed());
            }
            Ok(latencies)
        }
    };
    let latencies = all((0..clients).map(append)).await?;
    let rate = report(&format!("store.append, {clients} at a time"), latencies, start.elapsed(), &cpu);
    reads(&store, clients, time / 3).await?;
    Ok(rate)
}

/// Reads of one stream each, of those appended last.
async fn reads(store: &EventStore, clients: usize, time: Duration) -> Result<(), Box<dyn Error>> {
    let after = store.head(0).await?.number.saturating_sub(1_000);
    let commits = store.read_partition(0, after, 1_000).await?.commits;
    let (start, cpu) = (Instant::now(), Cpu::now());
    let read = |client| {
        let (store, commits) = (store.clone(), commits.clone());
        async move {
            let mut latencies = Vec::new();
            for commit in commits.iter().cycle().skip(client) {
                if start.elapsed() >= time {
                    break;
                }
                let begin = Instant::now();
                store.read_stream(&commit.stream, 1, 10).await.map_err(|e| e.to_string())?;
                latencies.push(begin.elapsed());
            }
            Ok(latencies)
        }
    };
    let latencies = all((0..clients).map(read)).await?;
    report(&format!("store.read_stream, {clients} at a time"), latencies, start.elapsed(), &cpu);
    Ok(())
}

/// Runs clients side by side and gathers what each took.
pub async fn all<C>(clients: impl Iterator<Item = C>) -> Result<Vec<Duration>, Box<dyn Error>>
where
    C: Future<Output = Result<Vec<Duration>, String>> + Send + 'static,
{
    let tasks: Vec<_> = clients.map(tokio::spawn).collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await??);
    }
    Ok(latencies)
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
