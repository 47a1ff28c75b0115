//! Records on the bus that are no events of the log are listed, and cleared by cause or all together.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use tidings_domain::Timestamp;
use tidings_projections::sqlite::InMemory;
use tidings_projections::{ReadModel, Strange, StrangeKind, social};
use tidings_replay::{StrangeError, clear_strange, list_strange};

fn kind(cause: &str, partition: u16) -> StrangeKind {
    let records = Strange { partition, cause: cause.into(), first: 3, last: 9, count: 4 };
    let at = Timestamp::from_millis(1_000);
    StrangeKind { records, first_at: at, last_at: at }
}

#[tokio::test]
async fn what_somebody_has_seen_is_cleared_by_its_cause_or_with_all_others() {
    let (model, group) = (InMemory::new().unwrap(), social::group());
    model.attach(&group, 2.into()).await.unwrap();
    let kinds = [kind("no key", 0), kind("no key", 1), kind("no value", 1)];
    let records = kinds.clone().map(|kind| kind.records);
    model.note_strange(group.name, &records, Timestamp::from_millis(1_000)).await.unwrap();
    assert_eq!(list_strange(&model, &group).await.unwrap().len(), 3);

    let missing = clear_strange(&model, &group, Some("no kye")).await;
    assert_eq!(missing, Err(StrangeError::Missing("no kye".into())));
    assert_eq!(clear_strange(&model, &group, Some("no key")).await.unwrap(), kinds[..2]);
    assert_eq!(list_strange(&model, &group).await.unwrap(), kinds[2..]);
    assert!(clear_strange(&model, &group, Some("no key")).await.is_err(), "they are cleared already");
    assert_eq!(clear_strange(&model, &group, None).await.unwrap(), kinds[2..]);
    assert_eq!(clear_strange(&model, &group, None).await.unwrap(), [], "all of none");
}
