//! Queries by key, over TCP and as the same prepared SELECT in this process.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use tidings_domain::Timestamp;
use tidings_projections::Value;
use tidings_projections::queries::Query;

use super::rebuild;
use crate::Failure;
use crate::host::Host;
use crate::load::{Plan, Requests, closed};
use crate::report::Figures;
use crate::social::post_id;

/// The name of a figure.
pub(crate) fn bare_name(threads: usize) -> String {
    format!("  the same SELECT in-process, {threads} threads")
}

/// Connections, and queries that each has under way.
const CONNECTIONS: usize = 16;
const DEPTH: usize = 16;

pub(crate) const PIPELINED: &str = "queries by key over TCP, 16 connections pipelining";

/// PostById over TCP, pipelined.
pub(crate) fn pipelined(
    log: &Path,
    views: &Path,
    posts: u64,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let host = Host::queries(log, views)?;
    let before = host.processor_s();
    let mut lines = Lines { posts, numbers: Numbers(7), made: 0 };
    let plan = Plan { connections: CONNECTIONS, depth: DEPTH, time };
    let mut used_s = 0.0;
    let sample = closed(&[host.address], plan, &mut lines, || used_s = host.processor_s() - before)?;
    figures.sample(PIPELINED, sample);
    figures.value("  of it the host's processor time", used_s * 1e6 / lines.made as f64, "us each");
    Ok(())
}

/// `PostById` of posts that are there.
struct Lines {
    posts: u64,
    numbers: Numbers,
    made: u64,
}

impl Requests for Lines {
    fn write(&mut self, into: &mut Vec<u8>) {
        let mut id = [0; 36];
        let id = post_id(self.numbers.below(self.posts)).0.hyphenated().encode_lower(&mut id);
        for part in ["{\"id\":1,\"query\":\"PostById\",\"data\":{\"post\":\"", id, "\"}}\n"] {
            into.extend_from_slice(part.as_bytes());
        }
        self.made += 1;
    }
}

/// The prepared SELECT of PostById on so many threads, each with a connection of its own.
pub(crate) fn bare(
    views: &Path,
    posts: u64,
    threads: usize,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let file = rebuild::file(views)?;
    let began = Instant::now();
    let loops: Vec<_> = (0..threads)
        .map(|place| {
            let file = file.clone();
            thread::spawn(move || selects(&file, posts, place as u64, began + time))
        })
        .collect();
    let mut done = 0;
    for one in loops {
        done += one.join().map_err(|_| "a thread failed")??;
    }
    figures.value(bare_name(threads), done as f64 / began.elapsed().as_secs_f64(), "/s");
    Ok(())
}

fn selects(file: &Path, posts: u64, seed: u64, end: Instant) -> Result<u64, Failure> {
    let connection = rebuild::read_only(file)?;
    let data = format!(r#"{{"post":"{}"}}"#, post_id(0));
    let query = Query::parse("PostById", &data, Timestamp::from_millis(0))?;
    debug_assert!(matches!(query.select().params[..], [Value::Uuid(_)]));
    let mut select = connection.prepare(query.select().sql)?;
    let (mut done, mut numbers) = (0, Numbers(seed));
    while Instant::now() < end {
        for _ in 0..16 {
            let key = post_id(numbers.below(posts)).to_string();
            let mut rows = select.query([key])?;
            let row = rows.next()?.ok_or("a post is missing")?;
            std::hint::black_box(row.get_ref(2)?.as_str()?);
            done += 1;
        }
    }
    Ok(done)
}

/// Numbers without a pattern that SQLite or a cache could follow.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed ^ mixed >> 31) % end.max(1)
    }
}
