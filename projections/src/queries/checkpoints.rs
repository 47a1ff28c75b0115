//! How far the read model is, partition by partition. Every store has the table `checkpoints`.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{Rows, Select, Value, social};

use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, FieldHelp, Query, QueryError, QueryHelp, Refusal};

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
    // All groups: they are few, and one that is not there is to be told which are.
    let sql = "SELECT partition, number, group_name FROM checkpoints ORDER BY group_name, partition";
    let group = group.unwrap_or_else(|| social::NAME.into());
    let answer = Box::new(move |rows: Rows| {
        let name = |row: &[Value]| match row.last() {
            Some(Value::Text(name)) => name.clone(),
            _ => String::new(),
        };
        let asked: Vec<&Vec<Value>> = rows.rows.iter().filter(|row| name(row) == group).collect();
        if asked.is_empty() {
            let known: BTreeSet<String> = rows.rows.iter().map(|row| name(row)).collect();
            return Err(Refusal::NoGroup { group: group.clone(), known: known.into_iter().collect() });
        }
        let mut data = String::from("[");
        for (place, row) in asked.into_iter().enumerate() {
            data.push_str(if place > 0 { "," } else { "" });
            show::object(&mut data, FIELDS, row);
        }
        data.push(']');
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select: Select { sql, params: Vec::new() }, answer })
}
