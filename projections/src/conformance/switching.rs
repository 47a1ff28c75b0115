//! Generations: a rebuild beside the read model in use.

use tidings_domain::{Origin, Position};
use uuid::Uuid;

use crate::{ApplyError, Checkpoint, Select, Step};

use super::Subject;
use super::things::{PARTITIONS, USES, all_uses, apply, attach, group, key, use_both, uses};

/// The rebuild has seen more than the old generation, and says so by a third thing.
pub(super) async fn readers_and_writers_follow_a_switch(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    apply(&opened, &use_both(0, 1)).await;
    let Some(rebuilt) = subject.begin_rebuild().await else { return };
    rebuilt.attach(&group(), PARTITIONS.into()).await.expect("the group is attached");
    let epoch = |at: Checkpoint| at.parked_epoch;
    let old = opened.model.checkpoint("things").await.map(epoch).expect("the store answers");
    let new = rebuilt.checkpoint("things").await.map(epoch).expect("the store answers");
    assert_ne!(
        old, new,
        "the epochs of two generations differ, for a worker may know the other's parked events"
    );
    let mut step = Step { parked_epoch: new, ..use_both(0, 5) };
    step.changes.row("things", key(3)).add("uses", 1);
    rebuilt.apply(&group(), &step).await.expect("the step is stored");
    assert_eq!(all_uses(&opened).await, [1, 1], "before the switch the old generation answers");

    let reading = opened.clone();
    let reader = tokio::spawn(async move {
        let select = Select { sql: USES, params: vec![] };
        loop {
            match reading.reader.select("things", &[Position::new(0, 5)], &select).await {
                Ok(None) => reading.reader.moved().await,
                Ok(Some(found)) => return uses(&found),
                Err(error) => panic!("a reader fails under a switch: {error}"),
            }
        }
    });
    subject.finish_rebuild().await;
    assert_eq!(reader.await.expect("the reader ends well"), [1, 1, 1], "a reader follows");
    for stale in [use_both(1, 2), use_both(5, 6), Step { parked_epoch: new, ..use_both(1, 2) }] {
        let outcome = opened.model.apply(&group(), &stale).await;
        assert_eq!(outcome, Err(ApplyError::Moved), "a writer follows, and its old step does not fit");
    }
    apply(&opened, &Step { parked_epoch: new, ..use_both(5, 6) }).await;
    assert_eq!(all_uses(&subject.open().await).await, [2, 2, 1], "it writes to the new generation");
}

/// As where somebody rebuilt it with a `--store` that names another log, while hosts were at work.
pub(super) async fn a_writer_does_not_follow_to_another_log(subject: &impl Subject) {
    let of = |n| Origin { partitions: PARTITIONS, log: Some(Uuid::from_u128(n)) };
    let opened = subject.open().await;
    opened.model.attach(&group(), of(1)).await.expect("the group is attached");
    let Some(rebuilt) = subject.begin_rebuild().await else { return };
    rebuilt.attach(&group(), of(2)).await.expect("the group is attached");
    let parked_epoch = rebuilt.checkpoint("things").await.expect("the store answers").parked_epoch;
    subject.finish_rebuild().await;
    let step = Step { parked_epoch, ..use_both(0, 1) };
    for _ in 0..2 {
        let refused = opened.model.apply(&group(), &step).await;
        assert!(matches!(refused, Err(ApplyError::Unavailable(_))), "no fault of these rows: {refused:?}");
    }
    let at = rebuilt.checkpoint("things").await.expect("the store answers");
    assert_eq!(at.numbers, [0; 4], "its step is not stored");
    assert_eq!(all_uses(&subject.open().await).await, [0; 0]);
}
