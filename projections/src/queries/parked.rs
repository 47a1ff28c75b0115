//! The events that could not be applied. Every store has the table `parked`.

use serde::Deserialize;

use crate::social;

use super::catalogue::{CURSOR, LIMIT};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::Show::Plain;
use super::{Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "Parked",
        summary: "The events that the read model could not take in, and those of their streams that wait behind them.",
        fields: &[LIMIT, CURSOR],
        example: r#"{"limit":10}"#,
    },
    build,
};

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    // The partition is narrower than a cursor's numbers.
    const LIST: List = List {
        name: "Parked",
        sql: "SELECT CAST(partition AS bigint), number, place, stream, event, error, parked_at, tried_at, tries \
              FROM parked WHERE group_name = $1 AND (CAST(partition AS bigint), number, place) < ($2, $3, $4) \
              ORDER BY CAST(partition AS bigint) DESC, number DESC, place DESC LIMIT $5",
        fields: &[
            ("partition", Plain),
            ("number", Plain),
            ("index", Plain),
            ("stream", Plain),
            ("event", Plain),
            ("error", Plain),
            ("parked_at", Plain),
            ("tried_at", Plain),
            ("tries", Plain),
        ],
        key: &[(0, Part::Int), (1, Part::Int), (2, Part::Int)],
    };
    let Data { limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![social::NAME.into()], limit, cursor.as_deref())
}
