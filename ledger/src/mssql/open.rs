//! Opening the ledger: finding it, making it, knowing it.

use std::time::Duration;

use tidings_world::{Outage, World};

use super::failure::Failure;
use super::session::Session;
use super::{MssqlUrl, first, row, sql};

/// The version of the format that this program writes, and the only one that it reads.
pub(super) const FORMAT: i32 = 1;

/// The first compatibility level that has `OPENJSON`.
const LEVEL: i32 = 130;

/// How often a ledger is looked for, and made: of hosts that start at once others may be faster.
const LOOKS: usize = 5;

/// How soon at first it is looked for again while somebody else may be making it.
const PAUSE: Duration = Duration::from_millis(200);

/// How long being let in may take at the start: on Azure a database may have to wake up.
pub(super) const OPENING: Duration = Duration::from_secs(15);

/// How long making it may take: small databases on Azure are slow, and others may be making it.
const MAKE: Duration = Duration::from_secs(30);

/// A session with a ledger of this format. Each is looked at: a database may be put back to what it was.
pub(super) async fn connect(url: &MssqlUrl, limit: Duration) -> Result<Session, Failure> {
    let mut session = Session::connect(url, limit).await?;
    look(&mut session).await?;
    Ok(session)
}

/// Makes the ledger where there is none.
pub(super) async fn make(url: &MssqlUrl, world: &dyn World) -> Result<(), Failure> {
    let mut outage = Outage::new(PAUSE);
    let mut last = Failure::Broken("the ledger is gone as soon as it is made".into());
    for _ in 0..LOOKS {
        let mut session = Session::connect(url, OPENING).await?;
        let made = match look(&mut session).await {
            Err(missing) if missing.is_missing() => session.batch(sql::CREATE, MAKE).await.map(drop),
            Err(locked) if locked.may_be_by_its_making() => Err(locked),
            found => return found,
        };
        if let Err(failure) = made {
            if failure.may_be_by_its_making() {
                tokio::time::sleep(outage.failed(0, "", world).after).await;
            }
            last = failure;
        }
    }
    Err(last)
}

async fn look(session: &mut Session) -> Result<(), Failure> {
    let found = first(session.run(sql::LOOK, &[]).await?);
    let row = found.first().ok_or(Failure::NotALedger)?;
    match row::get::<i32>(row, 0).map_err(|_| Failure::NotALedger)? {
        FORMAT => {}
        other => return Err(Failure::Format(other)),
    }
    match row::find::<i32>(row, 1)? {
        Some(level) if level < LEVEL => Err(Failure::TooOld(level)),
        _ => Ok(()),
    }
}
