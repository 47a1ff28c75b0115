//! What came by the bus and is no event. Every store has the table `strange_records`.

use serde::Deserialize;

use crate::social;

use super::catalogue::{CURSOR, LIMIT};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::Show::Plain;
use super::{Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "StrangeRecords",
        summary: "The records on the bus that are no events of the log, by what is wrong with them.",
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
    const LIST: List = List {
        name: "StrangeRecords",
        sql: "SELECT CAST(partition AS bigint), cause, count, first_place, last_place, first_at, last_at \
              FROM strange_records WHERE group_name = $1 AND count > 0 AND (CAST(partition AS bigint), cause) < ($2, $3) \
              ORDER BY CAST(partition AS bigint) DESC, cause DESC LIMIT $4",
        fields: &[
            ("partition", Plain),
            ("cause", Plain),
            ("count", Plain),
            ("first", Plain),
            ("last", Plain),
            ("first_at", Plain),
            ("last_at", Plain),
        ],
        key: &[(0, Part::Int), (1, Part::Text)],
    };
    let Data { limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![social::NAME.into()], limit, cursor.as_deref())
}
