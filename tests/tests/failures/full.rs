//! The disk of a server fills up.

use tidings_tests::{Fault, Kind};

use tidings_tests::under_load::Asked;
use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_for_postgresqls_tables_queries_say_not_yet_until_there_is_room() {
    let (site, _postgres, disk) = Site::on_disk(Kind::Postgres).await;
    let (stack, load) = Stack::start(site, 1, 1).await;
    let full = load.mark();
    // Of the tables alone: without room for its journal PostgreSQL ends, as if it was killed.
    disk.fails_at(Fault::Full, "/base/");
    load.sees_from(full, 5, Asked::Query, "not_yet").await;
    load.sees(100, Asked::Command, "ok").await;
    load.tell("without room in PostgreSQL", full);
    disk.works();
    load.goes_on().await;
    stack.end(load, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_for_the_log_commands_are_unavailable_until_there_is_room() {
    let (site, mut mongodb, disk) = Site::on_disk(Kind::MongoDb).await;
    let (stack, load) = Stack::start(site, 1, 1).await;
    let full = load.mark();
    disk.fails(Fault::Full);
    load.sees_from(full, 20, Asked::Command, "unavailable").await;
    load.tell("without room in MongoDB", full);
    disk.works();
    // It may have ended, as MongoDB does where it cannot write its journal.
    mongodb.restart().await;
    load.goes_on().await;
    stack.end(load, 1).await;
}
