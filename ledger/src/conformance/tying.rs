//! A ledger and its log.

use tokio::task::yield_now;

use super::Adapter;
use super::sample::{at, id};
use crate::tie::{LASTS, NAME, tie, tied_to, untie};
use crate::{LedgerError, Reserved};

/// Proves that of many hosts that start at once, of several logs, all find the ledger tied to the same log, for good.
pub async fn of_many_that_tie_the_ledger_at_once_all_are_told_one_log(adapter: &dyn Adapter) {
    let mut hosts = Vec::new();
    for host in 0..10 {
        let ledger = adapter.open().await;
        hosts.push(tokio::spawn(async move {
            loop {
                match tie(&*ledger, id(host % 3), at(0)).await {
                    Ok(log) => return log,
                    // As hosts do: another is just about it.
                    Err(LedgerError::Unavailable(_)) => yield_now().await,
                }
            }
        }));
    }
    let mut told = Vec::new();
    for host in hosts {
        told.push(host.await.unwrap());
    }
    assert!(told.iter().all(|log| *log == told[0]), "{told:?}");
    let ledger = adapter.open().await;
    assert_eq!(tied_to(&*ledger).await, Ok(Some(told[0])));
    // However much later, and whatever is removed for its age.
    ledger.expire(100, at(1_000_000)).await.unwrap();
    assert_eq!(tie(&*ledger, id(7), at(1_000_000)).await, Ok(told[0]));
}

/// Proves that a host that died before its tie was for good keeps others waiting for a while, and no longer; and that the tie
/// can be undone meanwhile.
pub async fn a_tie_that_was_not_finished_ends_by_itself(adapter: &dyn Adapter) {
    let ledger = adapter.open().await;
    let begun = |now| ledger.reserve(NAME, id(1), LASTS, now);
    assert!(matches!(begun(at(0)).await, Ok(Reserved::Held(_))));
    assert!(matches!(tie(&*ledger, id(2), at(1)).await, Err(LedgerError::Unavailable(_))));
    assert_eq!(tied_to(&*ledger).await, Ok(None));
    assert_eq!(tie(&*ledger, id(2), at(61)).await, Ok(id(2)));
    assert_eq!(untie(&*ledger, at(62)).await, Ok(Some(id(2))));
    assert!(matches!(begun(at(63)).await, Ok(Reserved::Held(_))));
    assert_eq!(untie(&*ledger, at(64)).await, Ok(Some(id(1))));
    assert_eq!(tie(&*ledger, id(2), at(65)).await, Ok(id(2)));
}

/// Proves that a ledger that was untied is of the log that ties it next.
pub async fn a_ledger_that_was_untied_is_of_the_log_that_comes_next(adapter: &dyn Adapter) {
    let ledger = adapter.open().await;
    assert_eq!((tied_to(&*ledger).await, untie(&*ledger, at(0)).await), (Ok(None), Ok(None)));
    assert_eq!(tie(&*ledger, id(1), at(1)).await, Ok(id(1)));
    assert_eq!(untie(&*ledger, at(2)).await, Ok(Some(id(1))));
    assert_eq!(tied_to(&*ledger).await, Ok(None));
    assert_eq!(tie(&*ledger, id(2), at(3)).await, Ok(id(2)));
    assert_eq!(tie(&*ledger, id(1), at(4)).await, Ok(id(2)));
}
