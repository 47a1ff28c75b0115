use tidings_tests::{KafkaCluster, until};

use crate::kafka::{create, look, send};

#[tokio::test]
async fn a_cluster_goes_on_when_the_leader_of_a_partition_is_killed() {
    let mut cluster = KafkaCluster::start(3).await;
    let url = cluster.url();
    create(&url, "events", 3).await;
    send(&url, "events").await.unwrap();
    let (_, leader) = look(&url, "events").await;
    cluster.broker(leader).kill();
    send(&url, "events").await.unwrap();
    until("another leads", async || (look(&url, "events").await.1 != leader).then_some(())).await;
    cluster.broker(leader).restart().await;
    assert_eq!(look(&url, "events").await.0, 2);
}
