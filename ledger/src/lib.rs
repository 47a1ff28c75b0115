//! The command side's transactional record: which commands were received, who is at them, and what came of them.
//!
//! The log is the truth about what has happened; a [`Ledger`] is the truth about what was asked for. With one, a
//! command can be promised before it is carried out, a refusal is remembered as a success is, and a name can be
//! [reserved](Ledger::reserve). A host goes on without it, and then only what was appended is remembered.
//!
//! ```
//! use std::time::Duration;
//! use tidings_ledger::{Claim, End, Finish, How, Ledger, MemoryLedger, Receive, Received, State};
//! use tidings_world::{System, World};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let (world, ledger) = (System::new(), MemoryLedger::default());
//! let (id, host) = (world.id(), world.id());
//! let how = How::Promise { text: "{}".into() };
//! let command = Receive { id, digest: [7; 32], name: "CreatePost".into(), actor: world.id(), how };
//! assert_eq!(ledger.receive(command, world.now()).await?, Received::Accepted);
//!
//! let claim = Claim { host, lease: Duration::from_secs(30), most: 10 };
//! let claimed = ledger.claim(claim, world.now()).await?;
//! let finish = Finish::Refused { outcome: r#"{"code":"rejected"}"#.into() };
//! assert_eq!(ledger.finish(vec![End { hold: claimed.work[0].hold, finish }], world.now()).await?, [true]);
//! assert_eq!(ledger.get(id).await?.unwrap().state, State::Rejected);
//! # Ok::<(), tidings_ledger::LedgerError>(())
//! # }).unwrap();
//! ```

mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod entry;
mod memory;
#[cfg(feature = "mssql")]
mod mssql;
mod port;
mod progress;
mod reservation;
pub mod retry;
#[cfg(feature = "sqlite")]
mod sqlite;
mod state;
pub mod tie;

pub use clock::Clock;
pub use entry::{Digest, Entry, Hold};
pub use memory::MemoryLedger;
#[cfg(feature = "mssql")]
pub use mssql::{MssqlError, MssqlLedger, MssqlUrl};
pub use port::{
    Claim, Claimed, End, Finish, How, Ledger, LedgerError, Listing, Operated, Receive, Received, Work,
};
pub use progress::Progress;
pub use reservation::{Reservation, Reserved};
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, SqliteLedger};
pub use state::{State, StateError};
