//! What a user has and did, counted.

use serde::Deserialize;
use tidings_domain::UserId;

use crate::{Rows, Select, Value};

use super::catalogue::id;
use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "Profile",
        summary: "The counts of a user; all 0 for one who did nothing yet.",
        fields: &[id("user")],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build,
};

const FIELDS: Fields = &[
    ("user", Plain),
    ("posts", Plain),
    ("clips", Plain),
    ("comments", Plain),
    ("followers", Plain),
    ("following", Plain),
    ("likes_given", Plain),
];

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        user: UserId,
    }
    let Data { user } = asked.fields()?;
    let sql = "SELECT user_id, posts, clips, comments, followers, following, likes_given \
               FROM profiles WHERE user_id = $1";
    let select = Select { sql, params: vec![user.into()] };
    let answer = Box::new(move |rows: Rows| {
        let nothing =
            || std::iter::once(user.into()).chain((1..FIELDS.len()).map(|_| Value::Int(0))).collect();
        let row: Vec<Value> = rows.rows.into_iter().next().unwrap_or_else(nothing);
        let mut data = String::new();
        show::object(&mut data, FIELDS, &row);
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select, answer })
}
