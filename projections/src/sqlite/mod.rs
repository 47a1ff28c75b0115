//! Read models in SQLite files that a person reads with the `sqlite3` shell.
//!
//! A folder holds `views-<generation>.sqlite` and the pointer file `views.current` with the number of the
//! generation in use. A rebuild writes the next generation beside it and switches the pointer; every
//! [`SqliteReadModel`] and [`SqliteReader`] on the folder, in any process, follows.
//!
//! Files are in WAL mode with `synchronous=NORMAL`. A loss of power may then take the last transactions, but
//! only whole ones and only from the end: each frame of the WAL is checksummed and recovery stops at the last
//! whole commit, and the WAL is made durable before its pages reach the file. Rows and checkpoint are one
//! transaction, so they never disagree; the checkpoint is then lower, and the log, which is durable, fills the
//! rest in again.

mod cell;
mod connect;
mod generations;
mod hold;
mod memory;
mod model;
mod moment;
mod queue;
mod reader;
mod schema;
mod store;
mod strange;
mod upsert;
mod writeback;

pub use generations::Generations;
pub use hold::Hold;
pub use memory::InMemory;
pub use model::SqliteReadModel;
pub use reader::SqliteReader;
