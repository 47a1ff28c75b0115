//! Read models in a PostgreSQL database, which a person reads with `psql` or a reporting tool.
//!
//! A generation is a schema, `tidings_<generation>`; `tidings.current` names the one in use, and the schema
//! `tidings` has a view of each of its tables. A rebuild fills the next generation beside it and switches, in one
//! transaction; every [`PostgresReadModel`] and [`PostgresReader`] on the database, in any process, follows with
//! its next call, for each statement looks at `tidings.current` too.
//!
//! Transactions do not wait for the disk (`synchronous_commit = off`). A server that falls may then lose the last
//! of them, but only whole ones and only from the end. Rows and checkpoint are one transaction, so they never
//! disagree; the checkpoint is then lower, and the log, which is durable, fills the rest in again.

mod cell;
mod failure;
mod fill;
mod generations;
mod listener;
mod model;
mod moment;
mod pool;
mod reader;
mod retry;
mod roles;
mod schema;
mod session;
mod shadow;
mod store;
mod strange;
mod upsert;
mod url;

pub use model::PostgresReadModel;
pub use reader::PostgresReader;
pub use shadow::{Rebuild, in_use, make_reader};
pub use url::{PostgresUrl, PostgresUrlError};
