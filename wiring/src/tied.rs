//! A ledger is only used with the log that it was made for.

use tidings_ledger::Ledger;
use tidings_ledger::tie::{tie, tied_to};
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
