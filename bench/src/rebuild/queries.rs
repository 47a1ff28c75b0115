//! Queries while a rebuild goes on beside them.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::mix;
use super::program::{FULL_SPEED, Rebuilt};
use crate::Failure;
use crate::report::Figures;
use crate::sample::Latencies;
use crate::verdict::Verdict;

const BEFORE: &str = "queries, nothing beside them";
const DURING: &str = "queries while it is rebuilt and proven";
const AT_FULL_SPEED: &str = "queries while it is rebuilt, --full-speed";
/// Its rate meanwhile, with care.
const RATE: &str = "rebuilt and proven, beside queries";

/// Each asks one thing at a time.
const CLIENTS: u32 = 4;

/// Between two queries of a client.
const PACE: Duration = Duration::from_millis(8);

/// How long queries are asked with nothing beside them.
const ALONE: Duration = Duration::from_secs(5);

/// Asks with nothing beside it, then while the read model is rebuilt, with care and at full speed.
pub(super) fn measure(
    name: impl Fn(&str) -> String,
    host: SocketAddr,
    events: u64,
    figures: &mut Figures,
    rebuild: impl Fn(&[&str]) -> Result<Rebuilt, Failure>,
) -> Result<(), Failure> {
    let alone = || {
        thread::sleep(ALONE);
        Ok(())
    };
    asked(name(BEFORE), host, events, figures, alone)?;
    let rebuilt = asked(name(DURING), host, events, figures, || rebuild(&[]))?;
    figures.value(name(RATE), rebuilt.events / rebuilt.seconds, "/s");
    asked(name(AT_FULL_SPEED), host, events, figures, || rebuild(&[FULL_SPEED]))?;
    Ok(())
}

/// Asks a query host at a fixed pace while `work` goes on. A latency counts from the time at which its query was to be
/// sent, so who waits behind a slow one counts too.
fn asked<T>(
    name: String,
    host: SocketAddr,
    events: u64,
    figures: &mut Figures,
    work: impl FnOnce() -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (over, began) = (AtomicBool::new(false), Instant::now());
    let (done, latencies) = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let over = &over;
                scope.spawn(move || ask(host, client, events, over))
            })
            .collect();
        let done = work();
        over.store(true, Ordering::Relaxed);
        let mut all = Latencies::new();
        for client in clients {
            all.add(&client.join().map_err(|_| "a thread failed")??);
        }
        Ok::<_, Failure>((done?, all))
    })?;
    figures.sample(name, latencies.sample(began.elapsed(), 1));
    Ok(done)
}

/// A post by its key, and every fourth time the newest twenty.
fn ask(host: SocketAddr, client: u32, events: u64, over: &AtomicBool) -> Result<Latencies, Failure> {
    let stream = TcpStream::connect(host)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let (mut stream, mut reply) = (BufReader::new(stream), String::new());
    let (mut latencies, start) = (Latencies::new(), Instant::now() + PACE / CLIENTS * client);
    for number in 0.. {
        let due = start + PACE * number;
        if let Some(early) = due.checked_duration_since(Instant::now()) {
            thread::sleep(early);
        }
        if over.load(Ordering::Relaxed) {
            break;
        }
        let line = match number % 4 {
            3 => "{\"id\":1,\"query\":\"RecentPosts\",\"data\":{\"limit\":20}}\n".to_owned(),
            _ => by_key(mix::post(u64::from(number * CLIENTS + client), events)),
        };
        stream.get_mut().write_all(line.as_bytes())?;
        reply.clear();
        stream.read_line(&mut reply)?;
        if !reply.starts_with("{\"id\":1,\"ok\":true") {
            return Err(format!("a query while a rebuild goes on was answered {reply}").into());
        }
        latencies.record(due.elapsed());
    }
    Ok(latencies)
}

fn by_key(post: Uuid) -> String {
    format!("{{\"id\":1,\"query\":\"PostById\",\"data\":{{\"post\":\"{post}\"}}}}\n")
}

/// What is asked of the latencies.
pub(super) fn verdict(figures: &Figures, name: impl Fn(&str) -> String) -> Option<Verdict> {
    let p99 = |what| figures.median(&name(what)).map(|sample| sample.p99_us as f64);
    let ratio = p99(DURING)? / p99(BEFORE)?;
    Some(Verdict::at_most(name("p99 of queries during a rebuild / before"), Some(ratio), 2.0, ""))
}
