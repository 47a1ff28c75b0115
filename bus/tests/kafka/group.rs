//! Members of a group share the partitions, whoever comes and goes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tidings_bus::conformance::record;
use tidings_bus::{Bus, Subscriber};
use tidings_domain::Position;
use tokio::time::timeout;

use crate::support::{Fresh, LIMIT};

const PARTITIONS: u16 = 4;
/// For how long a member works before somebody looks.
const SPAN: Duration = Duration::from_millis(200);

/// What a member does: it takes what comes, and is asked for its partitions.
async fn work(member: &mut dyn Subscriber, time: Duration) -> Vec<Position> {
    let mut got = Vec::new();
    let until = Instant::now() + time;
    while let Some(left) = until.checked_duration_since(Instant::now()) {
        if let Ok(records) = timeout(left.min(Duration::from_millis(50)), member.next()).await {
            got.extend(records.unwrap().iter().map(|record| record.position));
        }
        member.worked(&got);
    }
    got
}

/// The partitions of both, as soon as they are all of them and each has some.
async fn shared(one: &mut dyn Subscriber, other: &mut dyn Subscriber) -> [BTreeSet<u16>; 2] {
    let started = Instant::now();
    loop {
        tokio::join!(work(one, SPAN), work(other, SPAN));
        let shares =
            [&*one, &*other].map(|member| BTreeSet::from_iter(member.partitions().unwrap_or_default()));
        let [mine, yours] = &shares;
        if mine.len() + yours.len() == usize::from(PARTITIONS) && !mine.is_empty() && !yours.is_empty() {
            return shares;
        }
        assert!(started.elapsed() < LIMIT, "the partitions are shared: {shares:?}");
    }
}

#[tokio::test]
async fn two_members_share_the_partitions_and_one_takes_over_when_the_other_leaves() {
    let fresh = Fresh::new(PARTITIONS);
    let bus = fresh.bus();
    let (mut one, mut other) = (bus.subscribe("pair").await.unwrap(), bus.subscribe("pair").await.unwrap());
    let [mine, yours] = shared(&mut *one, &mut *other).await;
    assert!(mine.is_disjoint(&yours));
    let records: Vec<_> = (0..PARTITIONS).map(|partition| record(partition, 1, 0, 1)).collect();
    bus.publish(&records).await.unwrap();
    let (mut left, mut right, started) = (Vec::new(), Vec::new(), Instant::now());
    loop {
        let all = left.len() + right.len() >= records.len();
        // When all are there, some time more: none comes twice.
        let span = if all { Duration::from_secs(2) } else { SPAN };
        let got = tokio::join!(work(&mut *one, span), work(&mut *other, span));
        left.extend(got.0);
        right.extend(got.1);
        if all {
            break;
        }
        assert!(started.elapsed() < LIMIT, "they get all of them: {left:?}, {right:?}");
    }
    let partitions = |got: &[Position]| -> BTreeSet<u16> { got.iter().map(|p| p.partition).collect() };
    assert_eq!((partitions(&left), partitions(&right)), (mine, yours), "each gets its own");
    assert_eq!(left.len() + right.len(), records.len(), "once");
    drop(other);
    let started = Instant::now();
    while one.partitions().unwrap_or_default().len() < usize::from(PARTITIONS) {
        work(&mut *one, SPAN).await;
        assert!(started.elapsed() < LIMIT, "the one that stays takes over");
    }
    let more: Vec<_> = (0..PARTITIONS).map(|partition| record(partition, 2, 0, 1)).collect();
    bus.publish(&more).await.unwrap();
    let (mut got, started) = (Vec::new(), Instant::now());
    while got.iter().filter(|position: &&Position| position.number == 2).count() < more.len() {
        got.extend(work(&mut *one, SPAN).await);
        assert!(started.elapsed() < LIMIT, "it gets all of them");
    }
}

#[tokio::test]
async fn a_member_that_comes_later_goes_on_where_the_group_had_worked_to() {
    let fresh = Fresh::new(1);
    let bus = fresh.bus();
    let mut first = bus.subscribe("late").await.unwrap();
    let sent: Vec<_> = (1..=3_000).map(|number| record(0, number, 0, 1)).collect();
    bus.publish(&sent[..1_000]).await.unwrap();
    let started = Instant::now();
    while fresh.left_off("late", 0) < Some(1_000) {
        work(&mut *first, SPAN).await;
        assert!(started.elapsed() < LIMIT, "the group leaves word of how far it is");
    }
    drop(first);
    // It lags: what is published while nobody listens is there when somebody does.
    bus.publish(&sent[1_000..]).await.unwrap();
    let mut second = bus.subscribe("late").await.unwrap();
    let mut numbers = Vec::new();
    while numbers.last() != Some(&3_000) {
        let records = timeout(LIMIT, second.next()).await.unwrap().unwrap();
        numbers.extend(records.iter().map(|record| record.position.number));
    }
    assert_eq!(numbers, (1_001..=3_000).collect::<Vec<u64>>());
}

#[tokio::test]
async fn who_follows_another_topic_is_of_another_group() {
    let (theirs, ours) = (Fresh::new(PARTITIONS), Fresh::new(PARTITIONS));
    let (their_bus, our_bus) = (theirs.bus(), ours.bus());
    let mut one = their_bus.subscribe("namesake").await.unwrap();
    let mut other = our_bus.subscribe("namesake").await.unwrap();
    let started = Instant::now();
    while [&one, &other].map(|m| m.partitions().unwrap_or_default().len()) != [usize::from(PARTITIONS); 2] {
        tokio::join!(work(&mut *one, SPAN), work(&mut *other, SPAN));
        assert!(started.elapsed() < LIMIT, "each is given the partitions of its topic");
    }
    // One that dies is waited for by its group, for the session's length, and by nobody else.
    assert_eq!([theirs.members("namesake"), ours.members("namesake")], [1, 1]);
}
