//! A ledger is only used with the log that it was made for, and so are read models.

use tidings_domain::Position;
use tidings_eventstore::{Log, ReadError};
use tidings_ledger::Ledger;
use tidings_ledger::tie::{tie, tied_to};
use tidings_projections::{Reader, check_history, check_origin};
use tidings_world::Handle;
use uuid::Uuid;

use crate::ledger::LEDGER;
use crate::{LedgerUrl, OpenLedger, OpenLog, StartError};

impl LedgerUrl {
    /// Ties the ledger to the log where it is tied to none yet, as a ledger is that is new or was made before there were
    /// ties. A log that has no identity yet is believed to be the right one.
    ///
    /// # Errors
    /// [`StartError::Wrong`] where the ledger is of another log; [`StartError::Away`] where it does not answer.
    pub async fn tie(&self, ledger: &OpenLedger, log: &OpenLog, world: &Handle) -> Result<(), StartError> {
        let (Some(ledger), Some(log)) = (ledger.ledger(), log.log().identity()) else { return Ok(()) };
        let away = |cause| StartError::away(LEDGER, self, cause);
        let of = tie(&*ledger, log, world.now()).await.map_err(away)?;
        self.is_of(of, log)
    }

    /// As [`tie`](Self::tie), for who may not write: a ledger that is tied to no log, or does not answer, is believed to be
    /// the right one.
    ///
    /// # Errors
    /// Where the ledger is of another log.
    pub async fn check_tie(&self, ledger: Option<&dyn Ledger>, log: &OpenLog) -> Result<(), StartError> {
        let (Some(ledger), Some(log)) = (ledger, log.log().identity()) else { return Ok(()) };
        match tied_to(ledger).await {
            Ok(Some(of)) => self.is_of(of, log),
            Ok(None) | Err(_) => Ok(()),
        }
    }

    fn is_of(&self, of: Uuid, log: Uuid) -> Result<(), StartError> {
        if of == log {
            return Ok(());
        }
        Err(StartError::new(format_args!(
            "the ledger at {self} is of the log {of} and not of this one, {log}, and would tell outcomes of commands that \
             this one never had: start with a new ledger (another place, or move this one away); or, where this is the same \
             log, brought back by `replay import` or from a copy that had no id yet, say so with `replay commands untie`"
        )))
    }
}

/// Looks whether read models were made from this log, for who only reads them. Where one of them does not answer, they are
/// believed to be.
///
/// # Errors
/// Where they are of another log, or have seen what this one does not have.
pub async fn check_views(reader: &dyn Reader, group: &str, log: &dyn Log) -> Result<(), StartError> {
    check_origin(reader, group, log.identity()).await.map_err(StartError::new)?;
    let Ok(at) = reader.checkpoint(group).await else { return Ok(()) };
    let id_at = |position: Position| async move {
        let slice = log.read_partition(position.partition, position.number - 1, 1).await?;
        let there = slice.commits.first().filter(|commit| commit.position == position);
        Ok::<_, ReadError>(there.map(|commit| commit.id))
    };
    match check_history(&at, id_at).await {
        Ok(Some(strayed)) => Err(StartError::new(strayed)),
        Ok(None) | Err(_) => Ok(()),
    }
}
