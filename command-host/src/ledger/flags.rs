//! The flags of recording.

use std::time::Duration;

use clap::Args;
use tidings_ledger::retry;
use tidings_wiring::{LedgerUrl, OpenLedger, OpenLog, StartError, parse_duration};
use tidings_world::Handle;

use super::{Options, Recording};

/// Whether and how a host records commands, as the command line has it.
#[derive(Args, Clone, Debug)]
pub struct LedgerFlags {
    /// Where commands are recorded, so that they can be promised and refusals are remembered: none, sqlite:FOLDER, or
    /// mssql://USER:PASSWORD@HOST:PORT/DATABASE.
    #[arg(long, env = "TIDINGS_LEDGER", hide_env_values = true, default_value = "none")]
    ledger: LedgerUrl,
    #[command(flatten)]
    terms: LedgerTerms,
}

/// How a host records commands, as the command line has it.
#[derive(Args, Clone, Copy, Debug)]
pub struct LedgerTerms {
    /// How long a promised command is one host's without a sign of life: after it another host carries it out.
    #[arg(long, env = "TIDINGS_LEDGER_LEASE", value_name = "TIME", default_value = "30s", value_parser = lease)]
    ledger_lease: Duration,
    /// How long finished commands are remembered, and their repeats get the first outcome.
    #[arg(long, env = "TIDINGS_LEDGER_RETENTION", value_name = "TIME", default_value = "7d", value_parser = parse_duration)]
    ledger_retention: Duration,
    /// The most promised commands that may wait; beyond them, overloaded.
    #[arg(long, env = "TIDINGS_LEDGER_BACKLOG", value_name = "COUNT", default_value_t = Options::default().backlog)]
    ledger_backlog: u64,
}

/// The shortest lease: heartbeats come three times in it.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// A time, but none so short that hosts take each other's commands.
fn lease(text: &str) -> Result<Duration, String> {
    let lease = parse_duration(text)?;
    if lease < SHORTEST_LEASE {
        Err("give 1s at least, or hosts take each other's commands".into())
    } else {
        Ok(lease)
    }
}

impl LedgerTerms {
    /// What they mean.
    ///
    /// # Errors
    /// Where they do not fit each other; the message says what to do.
    pub fn options(&self) -> Result<Options, StartError> {
        let Self { ledger_lease: lease, ledger_retention: retention, ledger_backlog: backlog } = *self;
        let least = retry::LONGEST + lease;
        if retention < least {
            let why = format!(
                "--ledger-retention {retention:?} is shorter than a command may wait for its next attempt and its host \
                 ({least:?}): it would be forgotten before it is done; give more, such as 7d"
            );
            return Err(StartError::usage(why));
        }
        Ok(Options { lease, retention, backlog, ..Options::default() })
    }
}

impl LedgerFlags {
    /// Refuses what does not fit, before anything is opened.
    ///
    /// # Errors
    /// As [`LedgerTerms::options`].
    pub fn check(&self) -> Result<(), StartError> {
        self.terms.options().map(drop)
    }

    /// Opens the ledger, if there is to be one.
    ///
    /// # Errors
    /// When it cannot be opened; the message says what to do.
    pub async fn open(&self) -> Result<OpenLedger, StartError> {
        self.ledger.open().await
    }

    /// Ties it to the log, or refuses it.
    ///
    /// # Errors
    /// Where it is of another log, or does not answer.
    pub async fn tie(&self, open: &OpenLedger, log: &OpenLog, world: &Handle) -> Result<(), StartError> {
        self.ledger.tie(open, log, world).await
    }

    /// What is given to a host. `alone`: the log can have no other writer.
    ///
    /// # Errors
    /// As [`LedgerTerms::options`].
    pub fn recording(&self, open: &OpenLedger, alone: bool) -> Result<Option<Recording>, StartError> {
        let options = self.terms.options()?;
        Ok(open.ledger().map(|ledger| Recording { ledger, alone, options }))
    }
}
