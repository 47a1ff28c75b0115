//! How far processes have come.

use std::collections::BTreeMap;
use std::fmt::Debug;

use async_trait::async_trait;
use tidings_domain::Position;

use crate::LedgerError;

/// The checkpoints of processes, which react to events of the log by commands; beside the record of their commands.
///
/// Its promises; [`conformance`](mod@crate::conformance) proves them for an adapter:
///
/// - What is `Ok` is durable.
/// - Progress never goes back: of two hosts that run one process, the one that is further counts.
#[async_trait]
pub trait Progress: Debug + Send + Sync {
    /// The last commit of each partition that this process is done with, by partition; a partition that it has not begun
    /// with is left out.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn progress(&self, process: &str) -> Result<Vec<Position>, LedgerError>;

    /// The same of every process that has come anywhere, by name.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn processes(&self) -> Result<BTreeMap<String, Vec<Position>>, LedgerError>;

    /// The process is done with all commits up to these.
    ///
    /// # Errors
    /// When the ledger does not answer.
    async fn advance(&self, process: &str, to: Vec<Position>) -> Result<(), LedgerError>;
}
