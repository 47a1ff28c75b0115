//! Kills processes again and again under load, and audits the whole system after each kill.
#![allow(clippy::unwrap_used, clippy::print_stdout)] // what cannot be set up ends it, loudly

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use tidings_tests::under_load::{Asked, Host, Load, Site, audit_log};
use tidings_tests::{Kind, Rand, Server, Urls, audit, folder, under_load};
use tokio::time::sleep;

/// Kills processes of a real system at random moments under load; after each kill all of it is audited.
#[derive(Parser)]
#[command(name = "faults")]
struct Args {
    /// How many kills on each stack.
    #[arg(long)]
    kill: u32,
    /// Which stack: all in one process on files, or hosts of their own on real servers.
    #[arg(long, value_enum, default_value = "both")]
    on: On,
    /// Decides who is killed when; drawn, and told, where it is left out.
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum On {
    Embedded,
    Full,
    Both,
}

/// So many kills on one log; then a new one is begun, since each audit reads all of it.
const A_LOG: u32 = 25;

/// What was done.
#[derive(Default)]
struct Tally {
    kills: BTreeMap<&'static str, u32>,
    acknowledged: usize,
    accepted: usize,
}

impl Tally {
    fn count(&self) -> u32 {
        self.kills.values().sum()
    }
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(|| Rand::from_environment("FAULTS_SEED", "who is killed when").any());
    println!("seed {seed}");
    let mut chance = Rand::new(seed);
    if args.on != On::Full {
        rounds("embedded", args.kill, async |kills, tally| embedded(kills, tally, &mut chance).await).await;
    }
    if args.on != On::Embedded {
        rounds("full stack", args.kill, async |kills, tally| full(kills, tally, &mut chance).await).await;
    }
}

async fn rounds(name: &str, kills: u32, mut round: impl AsyncFnMut(u32, &mut Tally)) {
    let (mut tally, begun) = (Tally::default(), Instant::now());
    while tally.count() < kills {
        let more = (kills - tally.count()).min(A_LOG);
        round(more, &mut tally).await;
        let Tally { kills: of, acknowledged, accepted } = &tally;
        let (count, seconds) = (tally.count(), begun.elapsed().as_secs());
        println!(
            "{name}: {count} kills, each audited and clean, in {seconds} s; {of:?}; {acknowledged} commands \
             acknowledged, {accepted} accepted and carried out"
        );
    }
}

async fn embedded(kills: u32, tally: &mut Tally, chance: &mut Rand) {
    let data = folder();
    let urls = Urls::embedded(data.path());
    let mut host = Host::standalone(data.path());
    host.is_up().await;
    let load = Load::start_with_promises(vec![host.address], host.queries.unwrap());
    for _ in 0..kills {
        sleep(Duration::from_millis(20 + chance.below(300))).await;
        host.kill();
        let kind = if chance.below(4) == 0 {
            host.start_again();
            sleep(Duration::from_millis(chance.below(40))).await;
            host.kill();
            "while it starts"
        } else {
            "at work"
        };
        host.restart().await;
        let from = load.mark();
        load.sees_from(from, 20, Asked::Command, "ok").await;
        let journal = load.pause().await;
        audit_log(&urls, &journal).await;
        audit(data.path(), &journal.ledger).await;
        load.resume();
        *tally.kills.entry(kind).or_default() += 1;
    }
    let journal = load.end().await;
    tally.acknowledged += journal.ledger.count();
    tally.accepted += journal.accepted.len();
}

async fn full(kills: u32, tally: &mut Tally, chance: &mut Rand) {
    let (ledger, mut site) = (folder(), Site::shared().await);
    let mut servers = Vec::new();
    for (name, kind) in [("MongoDB", Kind::MongoDb), ("PostgreSQL", Kind::Postgres), ("Kafka", Kind::Kafka)] {
        let server = Server::start(kind).await;
        site.on(kind, &server.url());
        servers.push((name, server));
    }
    site.prepare().await;
    let (urls, ledger) = (site.urls(), format!("sqlite:{}", ledger.path().display()));
    let mut hosts = vec![
        ("a command host", Host::commands_with_ledger(&urls, &ledger)),
        ("a command host", Host::commands_with_ledger(&urls, &ledger)),
        ("a projection host", Host::projection(&urls)),
        ("a projection host", Host::projection(&urls)),
        ("the query host", Host::queries(&urls)),
    ];
    for (_, host) in &mut hosts {
        host.is_up().await;
    }
    let queries = hosts[4].1.address;
    let load = Load::start_with_promises(vec![hosts[0].1.address, hosts[1].1.address], queries);
    load.goes_on().await;
    for _ in 0..kills {
        sleep(Duration::from_millis(20 + chance.below(500))).await;
        let kind = if chance.below(5) == 0 {
            let (name, server) = &mut servers[chance.below(3) as usize];
            server.kill();
            sleep(Duration::from_millis(chance.below(1_000))).await;
            server.restart().await;
            *name
        } else {
            let (name, host) = &mut hosts[chance.below(5) as usize];
            host.kill();
            sleep(Duration::from_millis(chance.below(1_000))).await;
            host.restart().await;
            *name
        };
        let from = load.mark();
        load.sees_from(from, 20, Asked::Command, "ok").await;
        let journal = load.pause().await;
        under_load::audit(&site, queries, &journal).await;
        load.resume();
        *tally.kills.entry(kind).or_default() += 1;
    }
    let journal = load.end().await;
    tally.acknowledged += journal.ledger.count();
    tally.accepted += journal.accepted.len();
    drop(hosts);
    site.remove().await;
}
