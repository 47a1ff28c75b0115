//! Opening the ledger: finding it, making it, knowing it.

use std::time::Duration;

use super::failure::Failure;
use super::session::Session;
use super::{MssqlUrl, first, row, sql};

/// The version of the format that this program writes, and the only one that it reads.
pub(super) const FORMAT: i32 = 1;

/// How often a ledger is looked for, and made: of hosts that start at once others may be faster.
const LOOKS: usize = 5;

/// How long making it may take: small databases on Azure are slow, and others may be making it.
const MAKE: Duration = Duration::from_secs(30);

/// A session with a ledger of this format. Each is looked at: a database may be put back to what it was.
pub(super) async fn connect(url: &MssqlUrl) -> Result<Session, Failure> {
    let mut session = Session::connect(url).await?;
    look(&mut session).await?;
    Ok(session)
}

/// Makes the ledger where there is none.
pub(super) async fn make(url: &MssqlUrl) -> Result<(), Failure> {
    let mut last = Failure::Broken("the ledger is gone as soon as it is made".into());
    for _ in 0..LOOKS {
        let mut session = Session::connect(url).await?;
        match look(&mut session).await {
            Ok(()) => return Ok(()),
            Err(missing) if missing.is_missing() => {}
            Err(other) => return Err(other),
        }
        if let Err(failure) = session.batch(sql::CREATE, MAKE).await {
            last = failure;
        }
    }
    Err(last)
}

async fn look(session: &mut Session) -> Result<(), Failure> {
    match first(session.run(sql::LOOK, &[]).await?).first().map(|row| row::get::<i32>(row, 0)) {
        Some(Ok(FORMAT)) => Ok(()),
        Some(Ok(found)) => Err(Failure::Format(found)),
        Some(Err(_)) | None => Err(Failure::NotALedger),
    }
}
