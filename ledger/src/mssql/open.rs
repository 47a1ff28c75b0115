//! Opening the ledger: finding it, making it, knowing it.

use super::failure::Failure;
use super::session::Session;
use super::{MssqlError, MssqlUrl, first, row, sql};

/// The version of the format that this program writes, and the only one that it reads.
const FORMAT: i32 = 1;

/// How often a ledger is looked for, and made: of hosts that start at once others may be faster.
const LOOKS: usize = 5;

/// Refuses what is no ledger of this format, or of none.
pub(super) async fn known(url: &MssqlUrl) -> Result<(), MssqlError> {
    let mut session = connect(url).await?;
    look(&mut session, url).await?.map_err(|failure| failure.of_opening(url.to_string()))
}

/// Makes the ledger where there is none.
pub(super) async fn known_or_made(url: &MssqlUrl) -> Result<(), MssqlError> {
    let mut session = connect(url).await?;
    let mut last = None;
    for _ in 0..LOOKS {
        match look(&mut session, url).await? {
            Ok(()) => return Ok(()),
            Err(missing) if !missing.is_missing() => last = Some(missing),
            Err(_) => last = session.batch(sql::CREATE).await.err(),
        }
        if last.is_some() {
            session = connect(url).await?;
        }
    }
    let gone = Failure::Broken("it is gone as soon as it is made".into());
    Err(last.unwrap_or(gone).of_opening(url.to_string()))
}

async fn connect(url: &MssqlUrl) -> Result<Session, MssqlError> {
    Session::connect(url).await.map_err(|failure| failure.of_opening(url.to_string()))
}

/// Whether a ledger of this format is there; an error of opening where it is something else.
async fn look(session: &mut Session, url: &MssqlUrl) -> Result<Result<(), Failure>, MssqlError> {
    let server = url.to_string();
    let rows = match session.run(sql::LOOK, &[]).await {
        Ok(results) => first(results),
        Err(failure) => return Ok(Err(failure)),
    };
    match rows.first().map(|row| row::get::<i32>(row, 0)) {
        Some(Ok(FORMAT)) => Ok(Ok(())),
        Some(Ok(found)) => Err(MssqlError::Format { server, found, known: FORMAT }),
        Some(Err(_)) | None => Err(MssqlError::NotALedger { server }),
    }
}
