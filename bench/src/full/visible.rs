//! From the acknowledgement of a command to a query that shows it, through all hosts and servers: while nothing else
//! goes on, and at half of the highest rate. Then the memory of each host.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Client;
use uuid::Uuid;

use super::probe::Probe;
use super::programs::Program;
use super::{Run, views};
use crate::load::{Commands, Plan, Requests, closed, open};
use crate::report::Figures;
use crate::sample::Latencies;
use crate::{Failure, event};

/// The names of the figures.
pub(crate) const IDLE: &str = "acknowledged to visible, idle";
pub(crate) const COMMANDS: &str = "commands over TCP, all hosts at work";
pub(crate) const PROJECTED: &str = "  events made visible meanwhile";
pub(crate) const HALF: &str = "  open loop of commands at half of the highest rate";
pub(crate) const VISIBLE: &str = "acknowledged to visible, at half of the highest rate";
pub(crate) const QUERIES: &str = "queries by key over TCP, 16 connections pipelining";
pub(crate) const MEMORY: [&str; 3] =
    ["memory of the command host", "memory of the projection host", "memory of the query host"];

/// The connections of the closed loop and of the open one.
const CONNECTIONS: usize = 256;

/// The pause between two probes.
const PAUSE: Duration = Duration::from_millis(5);

/// Until the projection host has its partitions. Before, it looks at the log every 250 ms.
const JOINING: Duration = Duration::from_secs(2);

/// All hosts as processes of their own, on all servers.
struct Hosts {
    commands: Program,
    projection: Program,
    queries: Program,
}

impl Hosts {
    fn probe(&self) -> Result<Probe, Failure> {
        Probe::to(self.commands.address()?, self.queries.address()?)
    }
}

/// All of it once, on fresh servers.
pub(crate) fn round(run: &Run, figures: &mut Figures) -> Result<(), Failure> {
    run.fresh(|place| {
        let client = run.block_on(place.make_views())?;
        let hosts = Hosts {
            commands: run.programs.command_host(place, &["--bus", &place.bus()])?,
            projection: run.programs.projection_host(place)?,
            queries: run.programs.query_host(place)?,
        };
        let posts = idle(&hosts, run.time, figures)?;
        let highest = highest(run, &hosts, &client, figures)?;
        half(&hosts, highest / 2.0, run.time, figures)?;
        queries(&hosts, posts, run.time, figures)?;
        for (name, host) in MEMORY.into_iter().zip([&hosts.commands, &hosts.projection, &hosts.queries]) {
            figures.value(name, host.memory_mib(), "MiB");
        }
        Ok(())
    })
}

/// Probes for a time, after two seconds or more that are not measured, in which the projection host joins its group;
/// gives the posts that they made.
fn idle(hosts: &Hosts, time: Duration, figures: &mut Figures) -> Result<Vec<Uuid>, Failure> {
    let (mut probe, mut posts, mut latencies) = (hosts.probe()?, Vec::new(), Latencies::new());
    let begin = Instant::now() + (time / 4).max(JOINING);
    while Instant::now() < begin + time {
        let (post, took) = probe.once()?;
        if Instant::now() >= begin {
            latencies.record(took);
        }
        posts.push(post);
        thread::sleep(PAUSE);
    }
    figures.sample(IDLE, latencies.sample(time, 1));
    Ok(posts)
}

/// The rate at which commands are acknowledged, or made visible, whichever is lower.
fn highest(run: &Run, hosts: &Hosts, client: &Client, figures: &mut Figures) -> Result<f64, Failure> {
    let before = run.block_on(views::projected(client))?;
    let plan = Plan { connections: CONNECTIONS, depth: 1, time: run.time };
    let (mut commands, began) = (Commands::new(&event::text()), Instant::now());
    let mut ended = Ok(0.0);
    let sample = closed(&[hosts.commands.address()?], plan, &mut commands, || {
        let seconds = began.elapsed().as_secs_f64();
        ended = run.block_on(views::projected(client)).map(|now| (now - before) as f64 / seconds);
    })?;
    let visible = ended?;
    figures.sample(COMMANDS, sample);
    figures.value(PROJECTED, visible, "/s");
    // A query that must show what comes last waits until all of it is visible.
    hosts.probe()?.once()?;
    Ok(sample.per_s.min(visible))
}

/// Probes while commands come at a rate.
fn half(hosts: &Hosts, rate: f64, time: Duration, figures: &mut Figures) -> Result<(), Failure> {
    let (mut probe, over) = (hosts.probe()?, AtomicBool::new(false));
    let commands = hosts.commands.address()?;
    let (sample, seen) = thread::scope(|scope| {
        let probes = scope.spawn(|| {
            let (mut latencies, began) = (Latencies::new(), Instant::now());
            while !over.load(Ordering::Relaxed) {
                latencies.record(probe.once()?.1);
                thread::sleep(PAUSE);
            }
            Ok::<_, Failure>(latencies.sample(began.elapsed(), 1))
        });
        let sample = open(commands, CONNECTIONS, rate, time, Commands::new(&event::text()));
        over.store(true, Ordering::Relaxed);
        let seen = probes.join().map_err(|_| "a thread failed")?;
        Ok::<_, Failure>((sample?, seen?))
    })?;
    figures.sample(HALF, sample);
    figures.sample(VISIBLE, seen);
    Ok(())
}

/// `PostById` of posts that are there.
fn queries(hosts: &Hosts, posts: Vec<Uuid>, time: Duration, figures: &mut Figures) -> Result<(), Failure> {
    let plan = Plan { connections: 16, depth: 16, time };
    let mut lines = Lines { posts, next: 0 };
    figures.sample(QUERIES, closed(&[hosts.queries.address()?], plan, &mut lines, || ())?);
    Ok(())
}

struct Lines {
    posts: Vec<Uuid>,
    next: usize,
}

impl Requests for Lines {
    fn write(&mut self, into: &mut Vec<u8>) {
        let (mut id, post) = ([0; 36], self.posts[self.next % self.posts.len()]);
        for part in [
            "{\"id\":1,\"query\":\"PostById\",\"data\":{\"post\":\"",
            post.hyphenated().encode_lower(&mut id),
            "\"}}\n",
        ] {
            into.extend_from_slice(part.as_bytes());
        }
        self.next += 1;
    }
}
