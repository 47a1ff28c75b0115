//! Samples, and a ledger with a clock of its own.

use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Position, Timestamp};
use uuid::Uuid;

use super::Adapter;
use crate::{Claim, Claimed, End, Entry, Finish, Hold, How, Ledger, Receive, Received, State, Work};

pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A fresh ledger.
pub(super) struct Bench {
    pub(super) ledger: Arc<dyn Ledger>,
}

/// The time so many seconds after the beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + seconds * 1_000)
}

pub(super) fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub(super) fn host(number: u128) -> Uuid {
    Uuid::from_u128((1 << 100) + number)
}

fn receive(number: u128, how: How) -> Receive {
    let mut digest = [3; 32];
    digest[..16].copy_from_slice(id(number).as_bytes());
    Receive { id: id(number), digest, name: "CreatePost".into(), actor: id(77), how }
}

pub(super) fn promise(number: u128) -> Receive {
    receive(number, How::Promise { text: format!(r#"{{"number":{number}}}"#) })
}

pub(super) fn waited_for(number: u128, by: Uuid) -> Receive {
    receive(number, How::Claim { host: by, lease: LEASE })
}

pub(super) fn appended() -> Finish {
    Finish::Appended { position: Position::new(3, 42), outcome: r#"{"version":1}"#.into() }
}

pub(super) fn refused() -> Finish {
    Finish::Refused { outcome: r#"{"code":"rejected"}"#.into() }
}

impl Bench {
    pub(super) async fn new(adapter: &dyn Adapter) -> Self {
        Self { ledger: adapter.open().await }
    }

    /// Promises a command that is not known.
    pub(super) async fn promise(&self, number: u128, now: Timestamp) {
        assert_eq!(self.ledger.receive(promise(number), now).await, Ok(Received::Accepted));
    }

    /// Receives a command that nobody else is at.
    pub(super) async fn take(&self, number: u128, by: Uuid, now: Timestamp) -> Hold {
        match self.ledger.receive(waited_for(number, by), now).await.unwrap() {
            Received::Claimed(hold) => hold,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn claim(&self, by: Uuid, most: u32, now: Timestamp) -> Vec<Work> {
        let claim = Claim { host: by, lease: LEASE, most };
        let Claimed { work, .. } = self.ledger.claim(claim, now).await.unwrap();
        work
    }

    /// Claims the only one that is to be had.
    pub(super) async fn claim_one(&self, by: Uuid, now: Timestamp) -> Hold {
        match self.claim(by, 10, now).await.as_slice() {
            [work] => work.hold,
            others => panic!("{others:?}"),
        }
    }

    pub(super) async fn finish(&self, hold: Hold, finish: Finish, now: Timestamp) -> bool {
        let finished = self.ledger.finish(vec![End { hold, finish }], now).await.unwrap();
        assert_eq!(finished.len(), 1);
        finished[0]
    }

    /// What is known of a command, after what must be true of any entry.
    pub(super) async fn entry(&self, number: u128) -> Entry {
        let entry = self.ledger.get(id(number)).await.unwrap().unwrap();
        sound(&entry);
        entry
    }
}

/// What must be true of any entry.
pub(super) fn sound(entry: &Entry) {
    let is = |state| entry.state == state;
    assert_eq!(entry.next_attempt_at.is_some(), is(State::FailedRetryable), "{entry:?}");
    assert_eq!(entry.lease_until.is_some(), is(State::Processing), "{entry:?}");
    assert_eq!(entry.host.is_some(), is(State::Processing), "{entry:?}");
    assert_eq!(entry.outcome.is_some(), entry.state.is_final(), "{entry:?}");
    assert!(entry.position.is_none() || is(State::Succeeded), "{entry:?}");
    assert!(entry.received_at <= entry.updated_at, "{entry:?}");
}
