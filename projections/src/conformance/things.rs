//! A group with one table that has a column of each type.

use std::sync::Arc;

use tidings_domain::{Position, Recorded, Timestamp};
use uuid::Uuid;

use crate::{
    Advance, Changes, Column, Group, Index, Parked, ProjectError, Projection, Rows, Select, Step, Table,
    Type, Value,
};

use super::Opened;

pub(super) const PARTITIONS: u16 = 4;

const fn column(name: &'static str, ty: Type) -> Column {
    Column { name, ty, about: "a cell" }
}

const THINGS: Table = Table {
    name: "things",
    about: "Things with a cell of each type.",
    key: &[column("thing", Type::Uuid), column("part", Type::Text)],
    columns: &[
        column("label", Type::Text),
        column("size", Type::Int),
        column("owner", Type::Uuid),
        column("made_at", Type::Time),
        column("gone", Type::Flag),
        column("uses", Type::Counter),
    ],
    indexes: &[Index { name: "things_by_use", on: "uses DESC, thing DESC", only: "NOT gone" }],
};

const OTHER_THINGS: Table = Table { columns: &[column("colour", Type::Text)], indexes: &[], ..THINGS };

struct Things(&'static [Table]);

impl Projection for Things {
    fn name(&self) -> &'static str {
        "things"
    }

    fn tables(&self) -> &'static [Table] {
        self.0
    }

    fn project(&self, _: &Recorded, _: &mut Changes) -> Result<(), ProjectError> {
        Ok(())
    }
}

pub(super) fn group() -> Group {
    Group { name: "things", projections: vec![Arc::new(Things(&[THINGS]))] }
}

/// The same with a table of another shape.
pub(super) fn other_group() -> Group {
    Group { name: "things", projections: vec![Arc::new(Things(&[OTHER_THINGS]))] }
}

/// The key of a thing.
pub(super) fn key(n: u128) -> [Value; 2] {
    [Uuid::from_u128(n).into(), "whole".into()]
}

/// A step of partition 0 that uses things 1 and 2 once more.
pub(super) fn use_both(from: u64, to: u64) -> Step {
    let mut step = advance(0, from, to);
    for n in [1, 2] {
        step.changes.row("things", key(n)).add("uses", 1);
    }
    step
}

/// The id of a commit.
pub(super) fn commit(partition: u16, number: u64) -> Uuid {
    Uuid::from_u128(u128::from(partition) << 64 | u128::from(number))
}

pub(super) fn advance(partition: u16, from: u64, to: u64) -> Step {
    Step { advances: vec![Advance { partition, from, to, commit: commit(partition, to) }], ..Step::default() }
}

pub(super) fn parked(number: u64, index: u32, error: &str) -> Parked {
    Parked {
        position: Position::new(1, number),
        index,
        stream: tidings_domain::StreamId::of("lamp", "kitchen").expect("a stream id"),
        event: "TurnedOn".into(),
        error: error.into(),
        parked_at: Timestamp::from_millis(1_234),
        tried_at: Timestamp::from_millis(5_678),
        tries: 3,
    }
}

pub(super) async fn attach(opened: &Opened) {
    opened.model.attach(&group(), PARTITIONS.into()).await.expect("the group is attached");
}

pub(super) async fn apply(opened: &Opened, step: &Step) {
    opened.model.apply(&group(), step).await.expect("the step is stored");
}

pub(super) async fn rows(opened: &Opened, select: &Select) -> Rows {
    let rows = opened.reader.select("things", &[], select).await.expect("the store answers");
    rows.expect("rows, since nothing was waited for")
}

pub(super) const USES: &str = "SELECT uses FROM things ORDER BY thing";

/// The uses of all things, in order.
pub(super) fn uses(rows: &Rows) -> Vec<i64> {
    rows.rows.iter().map(|row| if let Value::Int(uses) = row[0] { uses } else { panic!("{row:?}") }).collect()
}

pub(super) async fn all_uses(opened: &Opened) -> Vec<i64> {
    uses(&rows(opened, &Select { sql: USES, params: vec![] }).await)
}
