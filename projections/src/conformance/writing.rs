//! What a read model does with steps.

use tidings_domain::{Origin, Position, Timestamp};
use uuid::Uuid;

use crate::{ApplyError, Checkpoint, Group, ReadModelError, Select, Step, Strange, StrangeKind, Value};

use super::things::{
    PARTITIONS, advance, all_uses, apply, attach, commit, group, key, other_group, parked, rows, use_both,
};
use super::{Opened, Subject};

pub(super) async fn rows_and_checkpoint_move_together(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let start = opened.model.checkpoint("things").await.expect("the store answers");
    assert_eq!(start, Checkpoint::start(PARTITIONS, 0));
    let mut step = use_both(0, 3);
    step.advances.extend(advance(2, 0, 1).advances);
    apply(&opened, &step).await;
    let commits = vec![commit(0, 3), Uuid::nil(), commit(2, 1), Uuid::nil()];
    let moved = Checkpoint { numbers: vec![3, 0, 1, 0], commits, parked_epoch: 0 };
    assert_eq!(opened.model.checkpoint("things").await, Ok(moved.clone()));
    assert_eq!(opened.reader.checkpoint("things").await, Ok(moved));
    assert_eq!(all_uses(&opened).await, [1, 1]);
    let unknown = opened.model.checkpoint("nothings").await;
    assert!(unknown.is_err(), "a group that was never attached stands nowhere, not at 0");
}

pub(super) async fn a_step_from_elsewhere_changes_nothing(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    apply(&opened, &use_both(0, 3)).await;
    let moved = Err(ApplyError::Moved);
    assert_eq!(opened.model.apply(&group(), &use_both(0, 3)).await, moved, "a repeated step");
    assert_eq!(opened.model.apply(&group(), &use_both(4, 5)).await, moved, "a step beyond a hole");
    let mut half = use_both(3, 4);
    half.advances.extend(advance(1, 7, 8).advances);
    assert_eq!(opened.model.apply(&group(), &half).await, moved, "a step of which one advance is wrong");
    let stale = Step { parked_epoch: 1, ..use_both(3, 4) };
    assert_eq!(opened.model.apply(&group(), &stale).await, moved, "a step of another epoch");
    assert_eq!(all_uses(&opened).await, [1, 1], "refused steps leave no rows");
    assert_eq!(opened.model.checkpoint("things").await.expect("the store answers").numbers, [3, 0, 0, 0]);
}

pub(super) async fn racing_writers_apply_each_step_once(subject: &impl Subject) {
    const STEPS: u64 = 60;
    attach(&subject.open().await).await;
    let mut writers = Vec::new();
    for _ in 0..3 {
        let opened = subject.open().await;
        writers.push(tokio::spawn(async move {
            loop {
                let at = opened.model.checkpoint("things").await.expect("the store answers").numbers[0];
                if at == STEPS {
                    return;
                }
                match opened.model.apply(&group(), &use_both(at, at + 1)).await {
                    Ok(()) | Err(ApplyError::Moved) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    for writer in writers {
        writer.await.expect("a writer ends well");
    }
    assert_eq!(all_uses(&subject.open().await).await, [STEPS as i64; 2], "each step was applied once");
}

pub(super) async fn rows_become_what_the_changes_say(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let labels = Select { sql: "SELECT label, size, uses FROM things ORDER BY thing", params: vec![] };
    let mut step = advance(0, 0, 1);
    step.changes.row("things", key(1)).add("uses", 2);
    step.changes.row("things", key(2)).set("label", "two").set("uses", 5i64).add("uses", 1);
    step.changes.row("things", key(3)).add("uses", 0);
    step.changes.row("things", key(4)).delete();
    apply(&opened, &step).await;
    let row =
        |label: Option<&str>, size: Option<i64>, uses: i64| vec![label.into(), size.into(), uses.into()];
    let expected = [row(None, None, 2), row(Some("two"), None, 6), row(None, None, 0)];
    assert_eq!(rows(&opened, &labels).await.rows, expected, "a counter makes a row, also with 0");

    let mut step = advance(0, 1, 2);
    step.changes.row("things", key(1)).set("label", "one");
    step.changes.row("things", key(2)).delete().set("size", 9i64);
    step.changes.row("things", key(3)).delete();
    apply(&opened, &step).await;
    let expected = [row(Some("one"), None, 2), row(None, Some(9), 0)];
    assert_eq!(rows(&opened, &labels).await.rows, expected, "setting keeps the rest, deleting does not");
}

pub(super) async fn unfit_rows_are_told_apart(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let mut full = advance(0, 0, 1);
    full.changes.row("things", key(1)).add("uses", i64::MAX);
    apply(&opened, &full).await;
    let outcome = opened.model.apply(&group(), &use_both(1, 2)).await;
    assert!(matches!(outcome, Err(ApplyError::Unfit(_))), "a number out of range: {outcome:?}");
    assert_eq!(all_uses(&opened).await, [i64::MAX], "an unfit step leaves no rows");
    assert_eq!(opened.model.checkpoint("things").await.expect("the store answers").numbers[0], 1);
    // Who stands elsewhere is told so: what its rows are like says nothing then.
    for stale in [use_both(0, 1), Step { parked_epoch: 1, ..use_both(1, 2) }] {
        let mut unfit = stale;
        unfit.changes.row("things", key(2)).add("no such column", 1);
        assert_eq!(opened.model.apply(&group(), &unfit).await, Err(ApplyError::Moved));
    }
    apply(&opened, &advance(0, 1, 2)).await;
}

pub(super) async fn parked_events_are_kept_in_order(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let mut park = advance(1, 0, 9);
    park.park = vec![parked(9, 0, ""), parked(2, 1, ""), parked(2, 0, "cannot be read: \"é\"")];
    apply(&opened, &park).await;
    let list = vec![parked(2, 0, "cannot be read: \"é\""), parked(2, 1, ""), parked(9, 0, "")];
    assert_eq!(opened.model.parked("things").await, Ok(list.clone()));
    let epoch = async || opened.model.checkpoint("things").await.expect("the store answers").parked_epoch;
    assert_eq!(epoch().await, park.next_epoch());

    let parked_epoch = park.next_epoch();
    let unpark = Step { parked_epoch, unpark: vec![(Position::new(1, 2), 0)], ..use_both(0, 1) };
    apply(&opened, &unpark).await;
    assert_eq!(opened.model.parked("things").await, Ok(list[1..].to_vec()));
    assert_eq!(epoch().await, unpark.next_epoch());
    assert_eq!(opened.model.apply(&group(), &use_both(1, 2)).await, Err(ApplyError::Moved), "an old epoch");

    // As of one who read the epoch, and what is parked at another moment.
    let parked_epoch = unpark.next_epoch();
    let uses = all_uses(&opened).await;
    let places = vec![(Position::new(1, 2), 1), (Position::new(1, 2), 0)];
    let again = Step { parked_epoch, unpark: places, ..use_both(1, 2) };
    assert_eq!(opened.model.apply(&group(), &again).await, Err(ApplyError::Moved), "one is not parked");
    assert_eq!(opened.model.parked("things").await, Ok(list[1..].to_vec()), "nothing of it is stored");
    assert_eq!((all_uses(&opened).await, epoch().await), (uses, parked_epoch));
}

fn strange(cause: &str, first: u64, last: u64, count: u64) -> Strange {
    Strange { partition: 1, cause: cause.into(), first, last, count }
}

async fn note(opened: &Opened, of: &[Strange], millis: i64) {
    let noted = opened.model.note_strange("things", of, Timestamp::from_millis(millis)).await;
    noted.expect("the store answers");
}

pub(super) async fn strange_records_are_counted_once_each_kind_by_itself(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let note = async |of: &[Strange], millis| note(&opened, of, millis).await;
    note(&[strange("no key", 3, 9, 2), strange("no value", 4, 4, 1)], 1_000).await;
    note(&[strange("no key", 10, 10, 1)], 2_000).await;
    // As by another host, or the same once more after a lost answer.
    note(&[strange("no key", 10, 10, 1), strange("no key", 3, 9, 2)], 3_000).await;
    let sql = "SELECT cause, count, first_place, last_place, first_at, last_at FROM strange_records \
               WHERE group_name = $1 ORDER BY cause";
    let found = rows(&opened, &Select { sql, params: vec!["things".into()] }).await.rows;
    let ints = |row: &[Value]| row[1..4].to_vec();
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0][0], ints(&found[0])), (&"no key".into(), [3, 3, 10].map(Value::Int).to_vec()));
    assert_eq!((&found[1][0], ints(&found[1])), (&"no value".into(), [1, 4, 4].map(Value::Int).to_vec()));
    assert_ne!(found[0][4], found[0][5], "the first and the last time");
    assert_eq!(found[1][4], found[1][5]);
}

pub(super) async fn strange_records_that_were_cleared_are_counted_no_more(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let note = async |of: &[Strange], millis| note(&opened, of, millis).await;
    let list = async || opened.model.strange("things").await.expect("the store answers");
    let clear = async |cause| opened.model.clear_strange("things", cause).await.expect("the store answers");
    let kind = |records, first, last| {
        let time = Timestamp::from_millis;
        StrangeKind { records, first_at: time(first), last_at: time(last) }
    };
    assert_eq!((list().await, clear(None).await), (vec![], vec![]));
    note(&[strange("no key", 3, 9, 2), strange("no value", 4, 4, 1)], 1_000).await;
    let [key, value] =
        [kind(strange("no key", 3, 9, 2), 1_000, 1_000), kind(strange("no value", 4, 4, 1), 1_000, 1_000)];
    assert_eq!(list().await, [key.clone(), value.clone()]);
    assert_eq!(clear(Some("no header")).await, []);
    assert_eq!(clear(Some("no key")).await, [key]);
    assert_eq!(list().await, std::slice::from_ref(&value));
    // The bus brings them again.
    note(&[strange("no key", 3, 9, 2)], 2_000).await;
    assert_eq!(list().await, std::slice::from_ref(&value));
    // Of these one at least is new.
    note(&[strange("no key", 9, 12, 2)], 3_000).await;
    let new = kind(strange("no key", 10, 12, 1), 3_000, 3_000);
    assert_eq!(clear(None).await, [new, value]);
    note(&[strange("no key", 20, 30, 5), strange("no value", 5, 5, 1)], 4_000).await;
    let last =
        [kind(strange("no key", 20, 30, 5), 4_000, 4_000), kind(strange("no value", 5, 5, 1), 4_000, 4_000)];
    assert_eq!(list().await, last);
    let none = opened.model.clear_strange("other things", None).await;
    assert_eq!((none, list().await), (Ok(vec![]), last.to_vec()), "another group's");
}

pub(super) async fn what_was_stored_is_there_when_opened_again(subject: &impl Subject) {
    let first = subject.open().await;
    attach(&first).await;
    apply(&first, &use_both(0, 3)).await;
    drop(first);
    let second = subject.open().await;
    attach(&second).await;
    assert_eq!(second.model.checkpoint("things").await.expect("the store answers").numbers, [3, 0, 0, 0]);
    assert_eq!(all_uses(&second).await, [1, 1]);
    apply(&second, &use_both(3, 4)).await;
    assert_eq!(all_uses(&second).await, [2, 2]);
}

pub(super) async fn a_group_is_of_one_log(subject: &impl Subject) {
    let of = |log| Origin { partitions: PARTITIONS, log };
    let (ours, other) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
    let opened = subject.open().await;
    opened.model.attach(&group(), of(None)).await.expect("the group is attached");
    apply(&opened, &use_both(0, 1)).await;
    opened.model.attach(&group(), of(ours)).await.expect("a log that gets an id is believed to be the same");
    for opened in [&opened, &subject.open().await] {
        let refused = opened.model.attach(&group(), of(other)).await;
        assert!(matches!(refused, Err(ReadModelError::Unfit(_))), "another log: {refused:?}");
        opened.model.attach(&group(), of(None)).await.expect("so is one whose id is not known");
        opened.model.attach(&group(), of(ours)).await.expect("the group is of this log");
    }
    assert_eq!(all_uses(&opened).await, [1, 1], "what is there stays");
    let nothing = Group { name: "nothing", projections: vec![] };
    opened.model.attach(&nothing, of(other)).await.expect("each group has a log of its own");
}

pub(super) async fn tables_of_another_shape_are_refused(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    apply(&opened, &use_both(0, 1)).await;
    let other = opened.model.attach(&other_group(), PARTITIONS.into()).await;
    assert!(matches!(other, Err(ReadModelError::Unfit(_))), "other columns: {other:?}");
    let other = opened.model.attach(&group(), (PARTITIONS + 1).into()).await;
    assert!(matches!(other, Err(ReadModelError::Unfit(_))), "another number of partitions: {other:?}");
    attach(&opened).await;
    let uses = rows(&opened, &Select { sql: "SELECT uses FROM things", params: vec![] }).await;
    assert_eq!(uses.rows, [vec![Value::Int(1)], vec![Value::Int(1)]], "what is there stays");
}
