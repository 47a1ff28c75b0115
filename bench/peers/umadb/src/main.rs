//! Conditional appends on UmaDB in a closed loop: starts the server on a fresh folder for every measurement,
//! lets each client append one event after another, prints one JSON array.

mod server;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use hdrhistogram::Histogram;
use umadb_client::{AsyncUmaDbClient, UmaDbClient};
use umadb_dcb::{DcbAppendCondition, DcbEvent, DcbEventStoreAsync, DcbQuery, DcbQueryItem};
use uuid::Uuid;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    /// UmaDB's server.
    #[arg(long, default_value = "umadb")]
    server: PathBuf,
    /// Where the server's files go, in a fresh folder each time; the folder of temporary files if left out.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How many clients at a time, one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "1,16,256")]
    clients: Vec<usize>,
    /// How many HTTP/2 connections the clients share at most; as many as clients if left out.
    #[arg(long)]
    channels: Option<usize>,
    /// Seconds that are measured, after a quarter of them that is not.
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    /// Bytes of an event's data.
    #[arg(long, default_value_t = 400)]
    bytes: usize,
    /// Further arguments of the server, such as `--pipelined-writer=true`.
    #[arg(last = true)]
    server_arguments: Vec<String>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut measured = Vec::new();
    for clients in &arguments.clients {
        measured.push(measure(&arguments, *clients).await?);
    }
    println!("{}", serde_json::Value::Array(measured));
    Ok(())
}

async fn measure(arguments: &Arguments, clients: usize) -> Result<serde_json::Value, Failure> {
    let server = server::start(arguments).await?;
    let channels = arguments.channels.unwrap_or(clients).clamp(1, clients.max(1));
    let mut connected = Vec::new();
    for _ in 0..channels {
        connected.push(Arc::new(UmaDbClient::new(server.url()).connect_async().await?));
    }
    let begin = Instant::now() + Duration::from_secs_f64(arguments.seconds / 4.0);
    let end = begin + Duration::from_secs_f64(arguments.seconds);
    let loops: Vec<_> = (0..clients)
        .map(|place| tokio::spawn(appends(connected[place % channels].clone(), begin, end, arguments.bytes)))
        .collect();
    let mut latencies = histogram()?;
    for one in loops {
        latencies.add(one.await??)?;
    }
    server.stop().await?;
    Ok(serde_json::json!({
        "clients": clients,
        "channels": channels,
        "appends": latencies.len(),
        "appends_per_s": latencies.len() as f64 / arguments.seconds,
        "p50_us": latencies.value_at_quantile(0.50),
        "p95_us": latencies.value_at_quantile(0.95),
        "p99_us": latencies.value_at_quantile(0.99),
    }))
}

/// Appends one event after another until `end`; the latencies, in microseconds, of those answered from `begin` on.
async fn appends(
    client: Arc<AsyncUmaDbClient>,
    begin: Instant,
    end: Instant,
    bytes: usize,
) -> Result<Histogram<u64>, Failure> {
    let mut latencies = histogram()?;
    let data = vec![b'x'; bytes];
    while Instant::now() < end {
        let tag = format!("post-{}", Uuid::new_v4());
        let new = DcbQuery::new().item(DcbQueryItem::new().tags([tag.as_str()]));
        let event = DcbEvent::new().event_type("PostCreated").tags([tag.as_str()]).data(data.clone());
        let condition = DcbAppendCondition { fail_if_events_match: new, after: None };
        let sent = Instant::now();
        client.append(vec![event.uuid(Uuid::new_v4())], Some(condition), None).await?;
        let answered = Instant::now();
        if answered >= begin && answered < end {
            latencies.saturating_record((answered - sent).as_micros() as u64);
        }
    }
    Ok(latencies)
}

fn histogram() -> Result<Histogram<u64>, Failure> {
    Ok(Histogram::new_with_bounds(1, 60_000_000, 3)?)
}
