//! The statements, one a file.

/// A statement that goes by the ledger's time: `@now` of `sql/clock.sql`, for which the caller's is its first parameter.
macro_rules! timed {
    ($file:literal) => {
        concat!(include_str!("sql/clock.sql"), include_str!(concat!("sql/", $file)))
    };
}

pub(super) const LOOK: &str = include_str!("sql/look.sql");
pub(super) const CREATE: &str = include_str!("sql/create.sql");

pub(super) const RECEIVE: &str = timed!("receive.sql");
pub(super) const TAKE_AGAIN: &str = timed!("take_again.sql");
pub(super) const PROMISE_AGAIN: &str = timed!("promise_again.sql");
pub(super) const CLAIM: &str = timed!("claim.sql");
pub(super) const RENEW: &str = timed!("renew.sql");
pub(super) const FINISH: &str = timed!("finish.sql");
pub(super) const TAKE_OVER: &str = timed!("take_over.sql");
pub(super) const GET: &str = include_str!("sql/get.sql");
pub(super) const LIST: &str = include_str!("sql/list.sql");
pub(super) const LIST_OF_STATE: &str = include_str!("sql/list_of_state.sql");
pub(super) const BACKLOG: &str = include_str!("sql/backlog.sql");

pub(super) const RETRY: &str = timed!("retry.sql");
pub(super) const CANCEL: &str = timed!("cancel.sql");
pub(super) const REMOVE: &str = timed!("remove.sql");

pub(super) const RESERVE: &str = timed!("reserve.sql");
pub(super) const CONFIRM: &str = timed!("confirm.sql");
pub(super) const RELEASE: &str = timed!("release.sql");
pub(super) const EXPIRE: &str = timed!("expire.sql");
pub(super) const RESERVATION: &str = include_str!("sql/reservation.sql");

pub(super) const PROGRESS: &str = include_str!("sql/progress.sql");
pub(super) const PROCESSES: &str = include_str!("sql/processes.sql");
pub(super) const ADVANCE: &str = include_str!("sql/advance.sql");
