//! A network between the hosts and a server that cuts connections in the middle of requests and replies, delays them, and
//! drops replies whose requests had their effect, at moments drawn from a seed.

use std::time::Duration;

use tidings_tests::{Kind, Proxy, Rand, Traffic};
use tokio::time::sleep;

use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

const ROUNDS: usize = 10;

fn draw(chance: &mut Rand) -> Traffic {
    match chance.below(6) {
        0 => Traffic::RequestsCut(usize::try_from(chance.below(4_000)).unwrap()),
        1 => Traffic::RepliesCut(usize::try_from(chance.below(400)).unwrap()),
        2 => Traffic::RepliesDropped,
        3 => Traffic::Delayed(Duration::from_millis(1 + chance.below(200))),
        4 => Traffic::Frozen,
        _ => Traffic::Refused,
    }
}

/// Lets the network fail for a moment.
async fn fail(proxy: &Proxy, chance: &mut Rand, traffic: Traffic) {
    let millis = 50 + chance.below(750);
    eprintln!("for {millis} ms {traffic:?}");
    proxy.set(traffic);
    sleep(Duration::from_millis(millis)).await;
    // What was held back goes on, or is lost: then nobody is left to wait for it.
    if chance.below(2) == 0 {
        proxy.cut();
    }
    proxy.set(Traffic::Passes);
}

async fn the_network_to(kind: Kind) {
    let (site, _server, proxy) = Site::behind_proxy(kind).await;
    let (stack, load) = Stack::start(site, 2, 2).await;
    let mut chance = Rand::from_environment("FAILURES_SEED", "the network's faults");
    // Each of those that lose an effect's reply at least once, whatever the seed.
    fail(&proxy, &mut chance, Traffic::RepliesDropped).await;
    fail(&proxy, &mut chance, Traffic::RepliesCut(0)).await;
    for _ in 0..ROUNDS {
        let traffic = draw(&mut chance);
        fail(&proxy, &mut chance, traffic).await;
        // Some while the last is not got over yet.
        if chance.below(3) > 0 {
            load.goes_on().await;
        }
    }
    stack.end(load, ROUNDS + 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_to_mongodb_fails_again_and_again() {
    the_network_to(Kind::MongoDb).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_to_kafka_fails_again_and_again() {
    the_network_to(Kind::Kafka).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_to_postgresql_fails_again_and_again() {
    the_network_to(Kind::Postgres).await;
}
