//! How far the read model is, partition by partition. Every store has the table `checkpoints`.

use serde::Deserialize;

use crate::{Rows, Select, social};

use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, FieldHelp, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "Checkpoints",
        summary: "The last commit worked in, of each partition.",
        fields: &[FieldHelp {
            name: "group",
            kind: "text",
            default: Some("social"),
            limits: "the name of a group",
        }],
        example: r#"{"group":"social"}"#,
    },
    build,
};

const FIELDS: Fields = &[("partition", Plain), ("number", Plain)];

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        group: Option<String>,
    }
    let Data { group } = asked.fields()?;
    let sql = "SELECT partition, number FROM checkpoints WHERE group_name = $1 ORDER BY partition";
    let group = group.unwrap_or_else(|| social::NAME.into());
    let answer = Box::new(|rows: Rows| {
        let mut data = String::from("[");
        for (place, row) in rows.rows.iter().enumerate() {
            data.push_str(if place > 0 { "," } else { "" });
            show::object(&mut data, FIELDS, row);
        }
        data.push(']');
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select: Select { sql, params: vec![group.into()] }, answer })
}
