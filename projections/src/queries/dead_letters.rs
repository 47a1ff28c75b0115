//! How much waits for somebody to look at it: a figure of each kind, for alarms.

use serde::Deserialize;

use crate::{Rows, Select, social};

use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp, Refusal};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "DeadLetters",
        summary: "How much waits for somebody to look at it: parked events, failed commands, strange records on the bus.",
        fields: &[],
        example: "{}",
    },
    build,
};

const FIELDS: Fields = &[("parked_events", Plain), ("strange_records", Plain)];

/// The failed commands are the ledger's to tell.
fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {}
    let Data {} = asked.fields()?;
    let sql = "SELECT (SELECT count(*) FROM parked WHERE group_name = $1), \
               (SELECT CAST(COALESCE(sum(count), 0) AS bigint) FROM strange_records WHERE group_name = $1)";
    let answer = Box::new(|rows: Rows| {
        let none = || Refusal::NotFound { what: "the read model's figures".into() };
        let mut data = String::new();
        show::object(&mut data, FIELDS, rows.rows.first().ok_or_else(none)?);
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select: Select { sql, params: vec![social::NAME.into()] }, answer })
}
