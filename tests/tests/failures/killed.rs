//! SIGKILL, and a start later on.

use tidings_tests::{KafkaCluster, Kind, Rand};

use tidings_tests::under_load::Asked;
use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn command_hosts_that_are_killed_lose_nothing_and_the_other_goes_on() {
    let (mut stack, load) = Stack::start(Site::shared().await, 2, 1).await;
    for host in [0, 1, 0] {
        stack.commands[host].kill();
        load.goes_on().await;
        stack.commands[host].restart().await;
        load.goes_on().await;
    }
    for host in &mut stack.commands {
        host.kill();
    }
    for host in &mut stack.commands {
        host.restart().await;
    }
    stack.end(load, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_projection_host_that_is_killed_goes_on_from_its_checkpoint() {
    let (mut stack, load) = Stack::start(Site::shared().await, 1, 1).await;
    for _ in 0..3 {
        stack.projections[0].kill();
        let away = load.mark();
        load.sees_from(away, 100, Asked::Command, "ok").await;
        load.sees_from(away, 3, Asked::Query, "not_yet").await;
        stack.projections[0].restart().await;
        load.goes_on().await;
    }
    stack.end(load, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_host_that_is_killed_is_missed_by_queries_only() {
    let (mut stack, load) = Stack::start(Site::shared().await, 1, 1).await;
    for _ in 0..3 {
        stack.queries.kill();
        load.sees(100, Asked::Command, "ok").await;
        stack.queries.restart().await;
        load.goes_on().await;
    }
    stack.end(load, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mongodb_is_killed_and_commands_are_unavailable_until_it_is_back() {
    let (site, mut mongodb) = Site::with_own(Kind::MongoDb).await;
    let (stack, load) = Stack::start(site, 2, 1).await;
    for _ in 0..2 {
        let away = load.mark();
        mongodb.kill();
        load.sees_from(away, 20, Asked::Command, "unavailable").await;
        load.tell("without MongoDB", away);
        mongodb.restart().await;
        load.goes_on().await;
    }
    stack.end(load, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kafka_is_killed_and_neither_commands_nor_queries_need_it() {
    let (site, mut kafka) = Site::with_own(Kind::Kafka).await;
    let (stack, load) = Stack::start(site, 1, 2).await;
    for _ in 0..2 {
        kafka.kill();
        let away = load.mark();
        load.goes_on().await;
        load.assert_undisturbed(away);
        load.tell("without Kafka", away);
        kafka.restart().await;
        load.goes_on().await;
    }
    stack.end(load, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_brokers_any_may_be_killed() {
    let mut site = Site::shared().await;
    let mut cluster = KafkaCluster::start(3).await;
    site.on(Kind::Kafka, &cluster.url());
    let (stack, load) = Stack::start(site, 1, 1).await;
    let first = Rand::from_environment("FAILURES_SEED", "the first broker").below(3);
    for turn in 0..3 {
        // Each leads some of the partitions, and one of them the group and the cluster.
        let broker = cluster.broker(i32::try_from((first + turn) % 3).unwrap() + 1);
        broker.kill();
        let away = load.mark();
        load.goes_on().await;
        load.assert_undisturbed(away);
        broker.restart().await;
    }
    stack.end(load, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_killed_and_queries_are_unavailable_until_it_is_back() {
    let (site, mut postgres) = Site::with_own(Kind::Postgres).await;
    let (stack, load) = Stack::start(site, 1, 2).await;
    for _ in 0..2 {
        let away = load.mark();
        postgres.kill();
        load.sees_from(away, 10, Asked::Query, "unavailable").await;
        load.sees(100, Asked::Command, "ok").await;
        load.assert_undisturbed(away);
        load.tell("without PostgreSQL", away);
        postgres.restart().await;
        load.goes_on().await;
    }
    stack.end(load, 2).await;
}
