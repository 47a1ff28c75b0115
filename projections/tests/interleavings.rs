//! Promise 10: every interleaving of the partitions, in every batching, gives identical rows.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

mod support;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use proptest::prelude::*;
use support::{History, World, ask, dump, projector, random_step};
use tidings_domain::Recorded;
use tidings_domain::testing::sample;
use tidings_projections::social;

/// The events in another order, that of each partition kept.
fn merged(events: &[Arc<Recorded>], picks: &[u8]) -> Vec<Arc<Recorded>> {
    let mut partitions: BTreeMap<u16, VecDeque<Arc<Recorded>>> = BTreeMap::new();
    for event in events {
        partitions.entry(event.position.partition).or_default().push_back(event.clone());
    }
    let mut merged = Vec::new();
    let mut picks = picks.iter().cycle();
    while !partitions.is_empty() {
        let pick = usize::from(*picks.next().unwrap()) % partitions.len();
        let partition = *partitions.keys().nth(pick).unwrap();
        let queue = partitions.get_mut(&partition).unwrap();
        merged.extend(queue.pop_front());
        if queue.is_empty() {
            partitions.remove(&partition);
        }
    }
    merged
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_interleaving_and_batching_gives_identical_rows(
        choices in prop::collection::vec(any::<(u8, u32, u32, u32)>(), 1..250),
        picks in prop::collection::vec(any::<u8>(), 1..60),
        batch in 1..40_usize,
    ) {
        let (mut history, mut world) = (History::default(), World::default());
        for choice in choices {
            random_step(&mut history, &mut world, choice);
        }
        run(async {
            let (mut one_by_one, first) = projector(social::group()).await;
            for event in &history.events {
                one_by_one.apply(std::slice::from_ref(event), sample::time(0)).await.unwrap();
            }
            let (mut batched, second) = projector(social::group()).await;
            for batch in merged(&history.events, &picks).chunks(batch) {
                batched.apply(batch, sample::time(0)).await.unwrap();
            }
            assert_eq!(one_by_one.checkpoint(), batched.checkpoint());
            assert_eq!(dump(&first).await, dump(&second).await);
            assert_eq!(ask(&second, "CounterAudit", "{}").await, serde_json::json!([]));
        });
    }
}
