//! SIGSTOP: connections stay open and nobody answers. Then SIGCONT: whoever was stopped goes on where it was, and knows
//! nothing of what happened meanwhile.

use std::time::Duration;

use tidings_tests::{Kind, Server};
use tokio::time::{Instant, sleep_until};

use tidings_tests::under_load::Asked;
use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

/// Longer than any lease (3 s), any time for which a transaction is kept open for its client (2 s), and any patience of
/// a host (5 s at most): what ten seconds would change has happened.
const LONG: Duration = Duration::from_secs(6);
/// Kafka takes a member that was silent for ten seconds out of its group.
const FOR_A_GROUP: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_host_that_wakes_up_as_the_owner_that_it_no_longer_is_harms_nothing() {
    let (stack, load) = Stack::start(Site::shared().await, 2, 1).await;
    load.forgives_silence(true);
    for host in &stack.commands {
        let stopped = load.mark();
        tokio::join!(host.hang(LONG), load.sees(300, Asked::Command, "ok"));
        load.tell("with one command host of two", stopped);
    }
    load.forgives_silence(false);
    stack.end(load, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_host_that_wakes_up_does_not_overwrite_what_its_successor_wrote() {
    let (stack, load) = Stack::start(Site::shared().await, 1, 2).await;
    for host in &stack.projections {
        tokio::join!(host.hang(FOR_A_GROUP), load.goes_on());
        load.goes_on().await;
    }
    stack.end(load, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_only_projection_host_is_stopped_and_queries_say_not_yet() {
    let (stack, load) = Stack::start(Site::shared().await, 1, 1).await;
    let stopped = load.mark();
    tokio::join!(stack.projections[0].hang(LONG), load.sees(100, Asked::Command, "ok"));
    assert!(load.count(stopped, Asked::Query, "not_yet") > 0);
    // The same for the query host, which only its own clients notice.
    load.forgives_silence(true);
    tokio::join!(stack.queries.hang(LONG), load.sees(8, Asked::Command, "ok"));
    load.forgives_silence(false);
    stack.end(load, 2).await;
}

/// Stops a server for some time, in which this is to happen.
async fn hangs(server: &Server, meanwhile: impl Future<Output = ()>) {
    let end = Instant::now() + LONG;
    server.pause();
    meanwhile.await;
    sleep_until(end).await;
    server.resume();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_hangs_and_commands_are_told_so_within_seconds() {
    let (site, mongodb) = Site::with_own(Kind::MongoDb).await;
    let (stack, load) = Stack::start(site, 2, 1).await;
    let away = load.mark();
    hangs(&mongodb, load.sees_from(away, 8, Asked::Command, "unavailable")).await;
    load.tell("while MongoDB hangs", away);
    load.goes_on().await;
    stack.end(load, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_hangs_and_neither_commands_nor_queries_need_it() {
    let (site, kafka) = Site::with_own(Kind::Kafka).await;
    let (stack, load) = Stack::start(site, 1, 2).await;
    let away = load.mark();
    hangs(&kafka, load.goes_on()).await;
    load.assert_undisturbed(away);
    load.tell("while Kafka hangs", away);
    load.goes_on().await;
    stack.end(load, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_hangs_and_queries_are_told_so_within_seconds() {
    let (site, postgres) = Site::with_own(Kind::Postgres).await;
    let (stack, load) = Stack::start(site, 1, 2).await;
    let away = load.mark();
    hangs(&postgres, load.sees_from(away, 4, Asked::Query, "unavailable")).await;
    load.assert_undisturbed(away);
    load.tell("while PostgreSQL hangs", away);
    load.goes_on().await;
    stack.end(load, 1).await;
}
