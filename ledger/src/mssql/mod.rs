//! The ledger on SQL Server (2016 or newer, or Azure SQL): any number of hosts.
//!
//! Each call is one batch of `sql/`, one round trip and one transaction, but for the ledger's time, which is written just
//! before it. docs/decisions/0024-a-ledger-on-sql-server.md says why its locks and errors are as they are.

mod error;
mod failure;
mod look;
mod meaning;
mod names;
mod open;
mod operate;
mod pool;
mod progress;
mod receive;
mod row;
mod session;
mod sql;
mod url;
mod work;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use tiberius::Row;
use tidings_domain::Timestamp;
use tidings_world::Handle;
use uuid::Uuid;

pub use error::MssqlError;
pub use url::MssqlUrl;

use self::pool::Pool;
use self::session::Results;
use crate::{
    Claim, Claimed, End, Entry, Hold, Ledger, LedgerError, Listing, Operated, Receive, Received, Reservation,
    Reserved,
};

/// A ledger in a database of SQL Server. Cheap to clone; the clones share a few connections.
///
/// ```no_run
/// use std::sync::Arc;
/// use tidings_ledger::{Ledger, MssqlLedger, MssqlUrl};
/// use tidings_world::System;
///
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// let url: MssqlUrl = "mssql://tidings:s3cret@127.0.0.1:1433/tidings?trust=any".parse()?;
/// let ledger = MssqlLedger::create_or_open(&url, Arc::new(System::new())).await?;
/// assert_eq!(ledger.backlog(10).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MssqlLedger(Pool);

impl MssqlLedger {
    /// Opens the ledger in a database that is there; makes its tables where there are none. Of `world` it takes the
    /// randomness of its waits.
    ///
    /// # Errors
    /// When it does not answer, or somebody must do something; see [`MssqlError`].
    pub async fn create_or_open(url: &MssqlUrl, world: Handle) -> Result<Self, MssqlError> {
        open::make(url, &*world).await.map_err(|failure| failure.of_opening(url.to_string()))?;
        Ok(Self::at(url, world))
    }

    /// Opens a ledger that is there. Whether it can be written is up to the user's rights.
    ///
    /// # Errors
    /// As [`create_or_open`](Self::create_or_open), and where there is none.
    pub async fn open(url: &MssqlUrl, world: Handle) -> Result<Self, MssqlError> {
        open::connect(url, open::OPENING).await.map_err(|failure| failure.of_opening(url.to_string()))?;
        Ok(Self::at(url, world))
    }

    /// A ledger that may be away: it is connected to when it is asked, and what is asked fails until that works.
    pub fn at(url: &MssqlUrl, world: Handle) -> Self {
        Self(Pool::new(url.clone(), world))
    }

    /// Ends the ledger, also for other handles: what is under way is still done, what comes later is refused.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

impl fmt::Debug for MssqlLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MssqlLedger").field(self.0.url()).finish()
    }
}

/// The rows of a batch that gives one result.
fn first(results: Results) -> Vec<Row> {
    results.into_iter().next().unwrap_or_default()
}

/// A text by which a row is found: SQL Server's comparison of texts takes no notice of spaces at the end, by any
/// collation, and an index key has no room for a long one.
fn key(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// Milliseconds; so few that a time plus some is a time, for SQL Server's sums do not overflow in silence.
fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX).min(i64::MAX / 4)
}

/// SQL Server's bigint ends at 2^63 - 1, beyond which there is nothing.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl Ledger for MssqlLedger {
    async fn receive(&self, command: Receive, now: Timestamp) -> Result<Received, LedgerError> {
        Ok(receive::receive(&self.0, &command, now).await?)
    }

    async fn claim(&self, claim: Claim, now: Timestamp) -> Result<Claimed, LedgerError> {
        Ok(work::claim(&self.0, &claim, now).await?)
    }

    async fn renew(
        &self,
        holds: Vec<Hold>,
        lease: Duration,
        now: Timestamp,
    ) -> Result<Vec<Uuid>, LedgerError> {
        Ok(work::renew(&self.0, &holds, lease, now).await?)
    }

    async fn finish(&self, ends: Vec<End>, now: Timestamp) -> Result<Vec<bool>, LedgerError> {
        Ok(work::finish(&self.0, &ends, now).await?)
    }

    async fn take_over(&self, host: Uuid, now: Timestamp) -> Result<u64, LedgerError> {
        Ok(work::take_over(&self.0, host, now).await?)
    }

    async fn get(&self, id: Uuid) -> Result<Option<Entry>, LedgerError> {
        Ok(look::get(&self.0, id).await?)
    }

    async fn list(&self, listing: Listing) -> Result<Vec<Entry>, LedgerError> {
        Ok(look::list(&self.0, listing).await?)
    }

    async fn backlog(&self, most: u64) -> Result<u64, LedgerError> {
        Ok(look::backlog(&self.0, most).await?)
    }

    async fn retry(&self, id: Uuid, now: Timestamp) -> Result<Operated, LedgerError> {
        Ok(operate::retry(&self.0, id, now).await?)
    }

    async fn cancel(&self, id: Uuid, outcome: String, now: Timestamp) -> Result<Operated, LedgerError> {
        Ok(operate::cancel(&self.0, id, &outcome, now).await?)
    }

    async fn remove(&self, unchanged: Duration, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        Ok(operate::remove(&self.0, unchanged, most, now).await?)
    }

    async fn reserve(
        &self,
        name: &str,
        holder: Uuid,
        lasts: Duration,
        now: Timestamp,
    ) -> Result<Reserved, LedgerError> {
        Ok(names::reserve(&self.0, name, holder, lasts, now).await?)
    }

    async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        Ok(names::confirm(&self.0, name, holder, now).await?)
    }

    async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
        Ok(names::release(&self.0, name, holder, now).await?)
    }

    async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
        Ok(names::expire(&self.0, most, now).await?)
    }

    async fn reservation(&self, name: &str) -> Result<Option<Reservation>, LedgerError> {
        Ok(names::get(&self.0, name).await?)
    }
}
