//! Read models: pure functions from recorded events to row changes, stored with their checkpoint in one
//! transaction, and the queries that read them.
//!
//! A [`Projection`] says what an event changes; a [`Group`] of them shares a checkpoint for each partition; a
//! [`ReadModel`] is where the rows live; a [`Reader`] answers [`Select`]s from it.

mod changes;
mod columns;
#[cfg(feature = "conformance")]
pub mod conformance;
mod generation;
mod memory;
mod moment;
mod origin;
mod pipeline;
mod plan;
mod port;
#[cfg(feature = "postgres")]
pub mod postgres;
mod projection;
mod projector;
pub mod queries;
pub mod social;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod strange;
mod table;
mod value;

pub use changes::{Changes, RowChange, TableChanges};
pub use columns::Columns;
pub use memory::{MemoryReadModel, MemoryRow, Snapshot};
pub use moment::Moment;
pub use origin::{Strayed, check_history, check_origin, made_from};
pub use pipeline::{Done, Pipeline};
pub use plan::{Planner, step};
pub use port::{
    Advance, ApplyError, Checkpoint, Moved, Parked, ReadModel, ReadModelError, Reader, Rows, Select, Step,
};
pub use projection::{Group, ProjectError, Projection, Unprojected};
pub use projector::{Projector, ProjectorError, Retried};
pub use strange::{Strange, StrangeKind};
pub use table::{Column, Index, Table, Type};
pub use value::Value;
