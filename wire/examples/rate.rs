//! How many trivial requests a second the server answers, client included: `rate CONNECTIONS IN_FLIGHT SECONDS`.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_wire::{Client, Id, Limits, Reply, Request, Service, run};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Ask<'a> {
    #[serde(borrow, default)]
    id: Id<'a>,
    #[serde(borrow)]
    command: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Serialize)]
struct Done {
    version: u64,
}

struct Trivial;

impl Service for Trivial {
    async fn call(&self, request: Request) -> Reply {
        match request.parse::<Ask>() {
            Ok(ask) => Reply::ok(ask.id, &Done { version: 1 }),
            Err(reply) => reply,
        }
    }

    fn help(&self, _topic: Option<&str>) -> String {
        "an example".into()
    }
}

const LINE: &str = r#"{"id":"01939f2e-7b1a-7c3d-9e4f-000000000001","command":"Like","data":{"target":"post-01939f2e-7b1a-7c3d-9e4f-000000000002"}}"#;

#[tokio::main]
#[allow(clippy::print_stdout, reason = "an example tells what it measured")]
async fn main() -> std::io::Result<()> {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u64>().ok());
    let (connections, in_flight) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(64));
    let time = Duration::from_secs(numbers.next().unwrap_or(3));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(run(listener, Arc::new(Trivial), Limits::default(), std::future::pending()));
    let answered = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..connections {
        let answered = answered.clone();
        clients.spawn(async move {
            let mut client = Client::connect(address).await?;
            while started.elapsed() < time {
                for _ in 0..in_flight {
                    client.send(LINE).await?;
                }
                for _ in 0..in_flight {
                    client.next_reply().await?;
                }
                answered.fetch_add(in_flight, Ordering::Relaxed);
            }
            std::io::Result::Ok(())
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended.map_err(std::io::Error::other)??;
    }
    let rate = answered.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64();
    println!("{connections} connections, {in_flight} in flight on each: {rate:.0} requests/s");
    Ok(())
}
