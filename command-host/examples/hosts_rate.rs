//! How many commands a second one, two and four command hosts carry out together on one log, with owners and without.
//!
//! `cargo run --release -p tidings-command-host --example hosts_rate -- MONGODB-URL [SECONDS] [CONNECTIONS]`
//!
//! All in one process, the load included: on a machine with few processors that is what it is about.

#![allow(clippy::print_stdout)] // an example tells what it measured

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tidings_command_host::{Host, Sharing, SharingOptions, run};
use tidings_eventstore::owners::MongoLeases;
use tidings_eventstore::{EventStore, MongoLog};
use tidings_wire::Client;
use tidings_world::{System, World};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

// As the host's own program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn Error + Send + Sync>;

/// Until the hosts have seen each other.
const SETTLING: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("give the URL of a MongoDB server")?;
    let time = Duration::from_secs(arguments.next().map_or(Ok(5), |word| word.parse())?);
    let connections = arguments.next().map_or(Ok(256), |word| word.parse())?;
    println!("{connections} connections in all, one command at a time on each, {} s", time.as_secs());
    for (hosts, owners) in [(1, true), (2, true), (4, true), (2, false), (4, false), (1, false)] {
        let rate = measure(&url, hosts, owners, connections, time).await?;
        let how = if owners { "with owners" } else { "racing" };
        println!("{hosts} hosts, {how:<12} {rate:>8.0} commands/s");
    }
    Ok(())
}

async fn measure(
    url: &str,
    hosts: usize,
    owners: bool,
    connections: usize,
    time: Duration,
) -> Result<f64, Failure> {
    let world = Arc::new(System::new());
    let (server, options) = url.split_once('?').unwrap_or((url, ""));
    let url = format!("{}/rate_{}?{options}", server.trim_end_matches('/'), world.id().simple()).parse()?;
    let (mut running, mut addresses, mut database) = (JoinSet::new(), Vec::new(), None);
    for _ in 0..hosts {
        let log = MongoLog::connect(&url, 8).await?;
        database = Some(log.database().clone());
        let leases = Arc::new(MongoLeases::new(log.database()));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let sharing = Sharing { leases, address: address.to_string(), options: SharingOptions::default() };
        let host = Host {
            store: EventStore::start(Arc::new(log), world.clone(), Default::default()),
            world: world.clone(),
            relay_to: None,
            moderators: Default::default(),
            sharing: owners.then_some(sharing),
            limits: Default::default(),
            options: Default::default(),
            wire: Default::default(),
        };
        running.spawn(run(listener, host, std::future::pending()));
        addresses.push(address);
    }
    tokio::time::sleep(SETTLING).await;
    let (answered, begin) = (Arc::new(AtomicU64::new(0)), Instant::now() + time / 4);
    let mut clients = JoinSet::new();
    for n in 0..connections {
        clients.spawn(client(addresses[n % hosts], world.clone(), answered.clone(), begin, begin + time));
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    drop(running);
    if let Some(database) = database {
        database.drop().await?;
    }
    Ok(answered.load(Ordering::Relaxed) as f64 / time.as_secs_f64())
}

/// Creates posts, one after another.
async fn client(
    address: SocketAddr,
    world: Arc<System>,
    answered: Arc<AtomicU64>,
    begin: Instant,
    end: Instant,
) -> Result<(), Failure> {
    let mut client = Client::connect(address).await?;
    while Instant::now() < end {
        let (id, actor) = (world.id(), world.id());
        let line = format!(
            r#"{{"id":"{id}","command":"CreatePost","actor":"{actor}","data":{{"text":"{}"}}}}"#,
            "a post of some length, ".repeat(10)
        );
        client.send(&line).await?;
        let reply = client.next_reply().await?.ok_or("the host closed the connection")?;
        if !reply.contains(r#""ok":true"#) {
            return Err(reply.into());
        }
        if Instant::now() >= begin && Instant::now() < end {
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
    Ok(())
}
