//! The newest posts, each with its newest comments.

use serde::Deserialize;

use crate::{Rows, Value};

use super::catalogue::{CURSOR, LIMIT};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp, comments, posts};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "PostsWithComments",
        summary: "All posts, newest first, each with its newest 3 comments.",
        fields: &[LIMIT, CURSOR],
        example: r#"{"limit":5}"#,
    },
    build,
};

const SQL: &str = "SELECT p.post, p.author, p.text, p.created_at, p.edited_at, p.likes, p.comments, \
     c.comment, c.author, c.target, c.parent, c.text, c.created_at, c.edited_at, c.likes, c.replies \
     FROM (SELECT post, author, text, created_at, edited_at, likes, comments FROM posts \
     WHERE author IS NOT NULL AND NOT deleted AND NOT hidden AND (created_at, post) < ($1, $2) \
     ORDER BY created_at DESC, post DESC LIMIT $3) p \
     LEFT JOIN comments c ON c.comment IN (SELECT n.comment FROM comments n \
     WHERE n.target = 'post-' || CAST(p.post AS text) AND n.author IS NOT NULL AND NOT n.deleted \
     ORDER BY n.created_at DESC, n.comment DESC LIMIT 3) \
     ORDER BY p.created_at DESC, p.post DESC, c.created_at DESC, c.comment DESC";

/// The same with a lateral join.
#[cfg(feature = "postgres")]
pub(super) const LATERAL: (&str, &str) = (
    SQL,
    "SELECT p.post, p.author, p.text, p.created_at, p.edited_at, p.likes, p.comments, \
     c.comment, c.author, c.target, c.parent, c.text, c.created_at, c.edited_at, c.likes, c.replies \
     FROM (SELECT post, author, text, created_at, edited_at, likes, comments FROM posts \
     WHERE author IS NOT NULL AND NOT deleted AND NOT hidden AND (created_at, post) < ($1, $2) \
     ORDER BY created_at DESC, post DESC LIMIT $3) p \
     LEFT JOIN LATERAL (SELECT * FROM comments n \
     WHERE n.target = 'post-' || CAST(p.post AS text) AND n.author IS NOT NULL AND NOT n.deleted \
     ORDER BY n.created_at DESC, n.comment DESC LIMIT 3) c ON true \
     ORDER BY p.created_at DESC, p.post DESC, c.created_at DESC, c.comment DESC",
);

const LIST: List = List {
    name: "PostsWithComments",
    sql: SQL,
    fields: posts::FIELDS,
    key: &[(3, Part::Time), (0, Part::Uuid)],
};

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    let Data { limit, cursor } = asked.fields()?;
    let mut query = LIST.page(asked, vec![], limit, cursor.as_deref())?;
    query.answer = Box::new(move |rows: Rows| Ok(answer(&rows, limit.get())));
    Ok(query)
}

/// The number of comments of a post is called so here, since `comments` are the comments themselves.
const FIELDS: Fields = &[
    ("post", Plain),
    ("author", Plain),
    ("text", Plain),
    ("created_at", Plain),
    ("edited_at", Plain),
    ("likes", Plain),
    ("comment_count", Plain),
];

fn answer(rows: &Rows, limit: usize) -> Answer {
    let columns = FIELDS.len();
    let mut posts: Vec<&[Vec<Value>]> = rows.rows.chunk_by(|one, next| one[0] == next[0]).collect();
    let more = posts.len() > limit;
    posts.truncate(limit);
    let mut data = String::from("[");
    for (place, post) in posts.iter().enumerate() {
        data.push_str(if place > 0 { ",{" } else { "{" });
        show::members(&mut data, FIELDS, &post[0]);
        data.push_str(",\"newest_comments\":[");
        let real = post.iter().map(|row| &row[columns..]).filter(|comment| comment[0] != Value::Null);
        for (place, comment) in real.enumerate() {
            data.push_str(if place > 0 { "," } else { "" });
            show::object(&mut data, comments::FIELDS, comment);
        }
        data.push_str("]}");
    }
    data.push(']');
    Answer { data, next: posts.last().filter(|_| more).map(|post| LIST.after(&post[0])) }
}
