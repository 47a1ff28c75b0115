//! Commands of the ledger: listed, tried again, called off.

use tidings_ledger::{Entry, Ledger, LedgerError, Listing, Operated, State};
use tidings_world::World;
use uuid::Uuid;

/// Why nothing was done about a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// There is none.
    #[error("the ledger knows no command {0}; see: replay commands list")]
    Missing(Uuid),
    /// Nobody was promised that it is carried out.
    #[error("{0} was waited for and not promised: it is carried out when its client sends it again")]
    NotPromised(Uuid),
    /// Its state does not allow it.
    #[error("{command} is {state}, and cannot be {wish} now")]
    State {
        /// The command.
        command: Uuid,
        /// Where it stands.
        state: State,
        /// What was wished.
        wish: &'static str,
    },
    /// The ledger does not work.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The newest commands, of one state or all, at most so many.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use tidings_ledger::{MemoryLedger, State};
/// use tidings_replay::list_commands;
/// let ledger = MemoryLedger::default();
/// assert!(list_commands(&ledger, Some(State::FailedTerminal), 100).await?.is_empty());
/// # Ok::<(), tidings_ledger::LedgerError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the ledger does not answer.
pub async fn list_commands(
    ledger: &dyn Ledger,
    state: Option<State>,
    most: usize,
) -> Result<Vec<Entry>, LedgerError> {
    const PAGE: u32 = 500;
    let (mut all, mut before): (Vec<Entry>, _) = (Vec::new(), None);
    while all.len() < most {
        let page = ledger.list(Listing { state, before, most: PAGE }).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.number);
        all.extend(page);
    }
    all.truncate(most);
    Ok(all)
}

/// Has a promised command tried again at once.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use tidings_ledger::MemoryLedger;
/// use tidings_replay::{CommandError, retry_command};
/// use tidings_world::{System, World};
/// let world = System::new();
/// let id = world.id();
/// let retried = retry_command(&MemoryLedger::default(), &world, id).await;
/// assert_eq!(retried, Err(CommandError::Missing(id)));
/// # });
/// ```
///
/// # Errors
/// When it is not known, was not promised, or has not failed; or the ledger does not answer.
pub async fn retry_command(
    ledger: &dyn Ledger,
    world: &dyn World,
    command: Uuid,
) -> Result<Entry, CommandError> {
    told(ledger.retry(command, world.now()).await?, command, "tried again")
}

/// Calls a promised command off.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use tidings_ledger::MemoryLedger;
/// use tidings_replay::{CommandError, cancel_command};
/// use tidings_world::{System, World};
/// let world = System::new();
/// let id = world.id();
/// let cancelled = cancel_command(&MemoryLedger::default(), &world, id).await;
/// assert_eq!(cancelled, Err(CommandError::Missing(id)));
/// # });
/// ```
///
/// # Errors
/// When it is not known, was not promised, a host is at it, or it has its outcome; or the ledger does not answer.
pub async fn cancel_command(
    ledger: &dyn Ledger,
    world: &dyn World,
    command: Uuid,
) -> Result<Entry, CommandError> {
    // What a repeat is answered with.
    let outcome =
        r#"{"code":"gone","reason":"cancelled","message":"this command was called off","retry":false}"#;
    told(ledger.cancel(command, outcome.into(), world.now()).await?, command, "called off")
}

fn told(operated: Operated, command: Uuid, wish: &'static str) -> Result<Entry, CommandError> {
    match operated {
        Operated::Done(entry) => Ok(*entry),
        Operated::Not(entry) if !entry.promised => Err(CommandError::NotPromised(command)),
        Operated::Not(entry) => Err(CommandError::State { command, state: entry.state, wish }),
        Operated::Missing => Err(CommandError::Missing(command)),
    }
}
