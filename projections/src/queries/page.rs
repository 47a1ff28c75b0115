//! What all lists have in common.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::{Rows, Select, Value};

use super::cursor::{self, Part};
use super::show::{self, Fields};
use super::{Answer, Asked, Query, QueryError};

/// How many rows a page has, 1 to 100.
#[derive(Clone, Copy)]
pub(super) struct Limit(u8);

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = i64::deserialize(deserializer)?;
        match u8::try_from(given) {
            Ok(limit @ 1..=100) => Ok(Self(limit)),
            _ => Err(D::Error::custom(format!("{given} is not between 1 and 100"))),
        }
    }
}

/// A list: its SQL takes its own parameters, then the sort key after which it begins, then how many rows.
pub(super) struct List {
    /// Its name in cursors.
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
    /// What is shown: the first columns.
    pub(super) fields: Fields,
    /// The columns of the sort key, descending.
    pub(super) key: &'static [(usize, Part)],
}

impl List {
    /// The query of one page.
    pub(super) fn page(
        &'static self,
        asked: &Asked<'_>,
        mut params: Vec<Value>,
        limit: Limit,
        cursor: Option<&str>,
    ) -> Result<Query, QueryError> {
        self.begin(asked, &mut params, cursor)?;
        let limit = usize::from(limit.0);
        // One more than is shown tells whether there is a next page.
        params.push(Value::Int(limit as i64 + 1));
        let select = Select { sql: self.sql, params };
        let answer = Box::new(move |rows: Rows| Ok(self.answer(&rows, limit)));
        Ok(Query { name: asked.help.name, select, answer })
    }

    fn begin(
        &self,
        asked: &Asked<'_>,
        params: &mut Vec<Value>,
        cursor: Option<&str>,
    ) -> Result<(), QueryError> {
        let parts: Vec<Part> = self.key.iter().map(|(_, part)| *part).collect();
        let key = cursor::key_after(cursor, self.name, &parts).map_err(|e| asked.wrong("cursor", e))?;
        params.extend(key);
        Ok(())
    }

    fn answer(&self, rows: &Rows, limit: usize) -> Answer {
        let shown = &rows.rows[..rows.rows.len().min(limit)];
        let mut data = String::from("[");
        for (place, row) in shown.iter().enumerate() {
            data.push_str(if place > 0 { "," } else { "" });
            show::object(&mut data, self.fields, row);
        }
        data.push(']');
        let more = rows.rows.len() > limit;
        Answer { data, next: shown.last().filter(|_| more).map(|last| self.after(last)) }
    }

    /// The cursor after a row.
    pub(super) fn after(&self, row: &[Value]) -> String {
        cursor::after(self.name, self.key.iter().map(|(place, _)| row.get(*place).unwrap_or(&Value::Null)))
    }
}

impl Limit {
    pub(super) fn get(self) -> usize {
        self.0.into()
    }
}
