//! What a reader sees.

use std::time::Duration;

use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use crate::{Select, Value};

use super::Subject;
use super::things::{USES, advance, all_uses, apply, attach, key, rows, use_both, uses};

pub(super) async fn cells_come_back_as_they_were(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let (owner, made_at) = (Uuid::from_u128(u128::MAX), Timestamp::from_millis(-1));
    let mut step = advance(0, 0, 1);
    step.changes
        .row("things", key(1))
        .set("label", "Zoë \u{1F600} \"'\\\n")
        .set("size", i64::MIN)
        .set("owner", owner)
        .set("made_at", made_at)
        .set("gone", true);
    apply(&opened, &step).await;
    let select = Select {
        sql: "SELECT thing, label, size, owner, made_at, gone, uses FROM things \
              WHERE owner = $1 AND made_at = $2 AND gone AND label = $3 AND thing < $1",
        params: vec![owner.into(), made_at.into(), "Zoë \u{1F600} \"'\\\n".into()],
    };
    let found = rows(&opened, &select).await;
    let [row] = found.rows.as_slice() else { panic!("one row, not {:?}", found.rows) };
    let texts: Vec<String> = row.iter().map(text).collect();
    let id = Uuid::from_u128(1).to_string();
    let expected = [&id, "Zoë \u{1F600} \"'\\\n", &i64::MIN.to_string(), &owner.to_string()];
    assert_eq!(texts[..4], expected);
    assert_eq!(texts[4], made_at.to_string());
    assert!(matches!(row[5], Value::Bool(true) | Value::Int(1)), "a flag is true or 1");
    assert_eq!(row[6], Value::Int(0), "a counter is 0 until it is added to");
}

/// Stores differ in the types that they give back; as text they are the same.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Uuid(id) => id.to_string(),
        Value::Time(time) => time.to_string(),
    }
}

pub(super) async fn nothing_older_than_asked_for_is_read(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    apply(&opened, &use_both(0, 3)).await;
    let select = Select { sql: USES, params: vec![] };
    let at = |after: &[(u16, u64)]| -> Vec<Position> {
        after.iter().map(|(partition, number)| Position::new(*partition, *number)).collect()
    };
    for seen in [&[][..], &[(0, 3)], &[(0, 1), (1, 0)]] {
        let found = opened.reader.select("things", &at(seen), &select).await.expect("the store answers");
        assert_eq!(uses(&found.expect("rows")), [1, 1], "after {seen:?}");
    }
    for unseen in [&[(0, 4)][..], &[(0, 3), (1, 1)], &[(9, 1)]] {
        let found = opened.reader.select("things", &at(unseen), &select).await.expect("the store answers");
        assert_eq!(found, None, "after {unseen:?}");
    }
}

pub(super) async fn rows_and_checkpoint_are_of_one_moment(subject: &impl Subject) {
    const STEPS: u64 = 300;
    let opened = subject.open().await;
    attach(&opened).await;
    apply(&opened, &use_both(0, 1)).await;
    let writer = opened.clone();
    let writing = tokio::spawn(async move {
        for number in 1..STEPS {
            apply(&writer, &use_both(number, number + 1)).await;
        }
    });
    let select = Select { sql: USES, params: vec![] };
    let mut wanted = 1;
    while wanted <= STEPS {
        let after = [Position::new(0, wanted)];
        match opened.reader.select("things", &after, &select).await.expect("the store answers") {
            None => opened.reader.moved().await,
            Some(found) => {
                let found = uses(&found);
                assert_eq!(found[0], found[1], "rows of one step are seen together");
                assert!(found[0] >= wanted as i64, "rows {found:?} are older than position {wanted}");
                wanted = found[0] as u64 + 1;
            }
        }
    }
    writing.await.expect("the writer ends well");
}

pub(super) async fn a_waiting_reader_is_woken(subject: &impl Subject) {
    let opened = subject.open().await;
    attach(&opened).await;
    let waiting = opened.clone();
    let woken = tokio::spawn(async move {
        while waiting.reader.checkpoint("things").await.expect("the store answers").numbers[0] == 0 {
            waiting.reader.moved().await;
        }
    });
    apply(&opened, &use_both(0, 1)).await;
    let limit = Duration::from_secs(30);
    tokio::time::timeout(limit, woken).await.expect("it wakes within the limit").expect("it ends well");
    assert_eq!(all_uses(&opened).await, [1, 1]);
}
