//! Hosts are added and removed while clients are at work.

use std::time::Duration;

use tidings_tests::Rand;
use tokio::time::sleep;

use tidings_tests::under_load::Host;
use tidings_tests::under_load::Site;
use tidings_tests::under_load::Stack;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projection_hosts_come_and_go_and_partitions_change_hands() {
    let (stack, load) = Stack::start(Site::shared().await, 1, 2).await;
    let mut chance = Rand::from_environment("FAILURES_SEED", "moments at which they come and go");
    for round in 0..6 {
        let mut third = Host::projection(&stack.urls());
        sleep(Duration::from_millis(chance.below(1_500))).await;
        if round % 2 == 0 {
            third.is_up().await;
            sleep(Duration::from_millis(chance.below(500))).await;
            third.stop().await;
        } else {
            // Perhaps while it starts, or while partitions are being given to it.
            third.kill();
        }
    }
    load.goes_on().await;
    stack.end(load, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_third_command_host_comes_and_goes() {
    let (stack, load) = Stack::start(Site::shared().await, 2, 1).await;
    for kills in [false, true] {
        let mut third = Host::commands(&stack.urls());
        third.is_up().await;
        let mut all = stack.addresses();
        all.push(third.address);
        load.ask(all);
        load.goes_on().await;
        if kills {
            third.kill();
        } else {
            third.stop().await;
        }
        load.goes_on().await;
        load.ask(stack.addresses());
    }
    stack.end(load, 2).await;
}
