//! A ledger is of one log: with another it would tell outcomes of commands that this one never had.

use std::time::Duration;

use tidings_domain::Timestamp;
use uuid::Uuid;

use crate::{Ledger, LedgerError, Reserved};

/// The name that the log has reserved for good: so any adapter keeps it, also in a ledger that was made before there were
/// ties.
pub(crate) const NAME: &str = "tidings: the log of this ledger";

/// How long a host may take from reserving the name to confirming it.
pub(crate) const LASTS: Duration = Duration::from_secs(60);

/// Ties a ledger to a log for good, where it is tied to none; tells the log that it is tied to then. Any number of hosts may
/// do so at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use tidings_ledger::{MemoryLedger, tie};
/// use tidings_world::{System, World};
/// let (world, ledger) = (System::new(), MemoryLedger::default());
/// let (log, other) = (world.id(), world.id());
/// assert_eq!(tie::tie(&ledger, log, world.now()).await?, log);
/// assert_eq!(tie::tie(&ledger, other, world.now()).await?, log);
/// # Ok::<(), tidings_ledger::LedgerError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the ledger does not answer, or another host is just tying it to another log; for a minute, where that one died at it.
pub async fn tie(ledger: &dyn Ledger, log: Uuid, now: Timestamp) -> Result<Uuid, LedgerError> {
    let held = match ledger.reserve(NAME, log, LASTS, now).await? {
        Reserved::Taken(other) if other.until.is_none() => return Ok(other.holder),
        Reserved::Taken(_) => {
            return Err(LedgerError::Unavailable(
                "another host is about to tie the ledger to its log".into(),
            ));
        }
        Reserved::Held(held) => held,
    };
    if held.until.is_none() || ledger.confirm(NAME, log, now).await? {
        return Ok(log);
    }
    Err(LedgerError::Unavailable("it took too long to tie the ledger to its log".into()))
}

/// The log that a ledger is tied to.
///
/// # Errors
/// When the ledger does not answer.
pub async fn tied_to(ledger: &dyn Ledger) -> Result<Option<Uuid>, LedgerError> {
    let tied = ledger.reservation(NAME).await?;
    Ok(tied.filter(|tied| tied.until.is_none()).map(|tied| tied.holder))
}

/// Unties a ledger: the next that ties it has it. Tells the log that it was tied to.
///
/// # Errors
/// When the ledger does not answer.
pub async fn untie(ledger: &dyn Ledger, now: Timestamp) -> Result<Option<Uuid>, LedgerError> {
    // Also where somebody died before it was for good.
    let log = ledger.reservation(NAME).await?.map(|tied| tied.holder);
    if let Some(log) = log {
        ledger.release(NAME, log, now).await?;
    }
    Ok(log)
}
