//! Clips: one, and an author's.

use serde::Deserialize;
use tidings_domain::{ClipId, UserId};

use crate::{Rows, Select, Value};

use super::catalogue::{CURSOR, LIMIT, id};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{self, Fields, Show::Json, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp, Refusal};

pub(super) const FIELDS: Fields = &[
    ("clip", Plain),
    ("author", Plain),
    ("title", Plain),
    ("description", Plain),
    ("state", Plain),
    ("failure", Plain),
    ("visibility", Plain),
    ("media_key", Plain),
    ("duration_s", Plain),
    ("renditions", Json),
    ("created_at", Plain),
    ("published_at", Plain),
    ("edited_at", Plain),
    ("likes", Plain),
    ("comments", Plain),
    ("views", Plain),
    ("unique_views", Plain),
    ("shares", Plain),
];

pub(super) const BY_ID: Entry = Entry {
    help: QueryHelp {
        name: "ClipById",
        summary: "One clip, published or not; `gone` where it was deleted, `not_found` where it is private.",
        fields: &[id("clip")],
        example: r#"{"clip":"01930000-0000-7000-8000-00000000000c"}"#,
    },
    build: by_id,
};

fn by_id(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        clip: ClipId,
    }
    let Data { clip } = asked.fields()?;
    let sql = "SELECT clip, author, title, description, state, failure, visibility, media_key, duration_s, \
               renditions, created_at, published_at, edited_at, likes, comments, views, unique_views, shares, \
               deleted FROM clips WHERE clip = $1";
    let select = Select { sql, params: vec![clip.into()] };
    let answer = Box::new(move |rows: Rows| {
        let what = || format!("clip-{clip}");
        match rows.rows.first().map(Vec::as_slice) {
            None | Some([_, Value::Null, ..]) => Err(Refusal::NotFound { what: what() }),
            Some(row) if row.get(6) == Some(&Value::from("private")) => {
                Err(Refusal::NotFound { what: what() })
            }
            Some(row) if show::flag(row.get(18)) => Err(Refusal::Deleted { what: what() }),
            Some(row) => {
                let mut data = String::with_capacity(show::size(FIELDS, row));
                show::object(&mut data, FIELDS, row);
                Ok(Answer { data, next: None })
            }
        }
    });
    Ok(Query { name: asked.help.name, select, answer })
}

pub(super) const BY_AUTHOR: Entry = Entry {
    help: QueryHelp {
        name: "ClipsByAuthor",
        summary: "The published public clips of one user, newest first.",
        fields: &[id("author"), LIMIT, CURSOR],
        example: r#"{"author":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build: by_author,
};

fn by_author(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        author: UserId,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "ClipsByAuthor",
        sql: "SELECT clip, author, title, description, state, failure, visibility, media_key, duration_s, \
              renditions, created_at, published_at, edited_at, likes, comments, views, unique_views, shares \
              FROM clips WHERE author = $1 AND state = 'published' AND visibility = 'public' AND NOT deleted \
              AND (published_at, clip) < ($2, $3) ORDER BY published_at DESC, clip DESC LIMIT $4",
        fields: FIELDS,
        key: &[(11, Part::Time), (0, Part::Uuid)],
    };
    let Data { author, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![author.into()], limit, cursor.as_deref())
}
