//! Posts: one, the newest, an author's, the most liked.

use serde::Deserialize;
use tidings_domain::{PostId, UserId};

use crate::{Rows, Select, Value};

use super::catalogue::{CURSOR, LIMIT, id};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, FieldHelp, Query, QueryError, QueryHelp, Refusal};

pub(super) const FIELDS: Fields = &[
    ("post", Plain),
    ("author", Plain),
    ("text", Plain),
    ("created_at", Plain),
    ("edited_at", Plain),
    ("likes", Plain),
    ("comments", Plain),
];

pub(super) const BY_ID: Entry = Entry {
    help: QueryHelp {
        name: "PostById",
        summary: "One post; `gone` where it was deleted or hidden.",
        fields: &[id("post")],
        example: r#"{"post":"01930000-0000-7000-8000-00000000000a"}"#,
    },
    build: by_id,
};

fn by_id(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        post: PostId,
    }
    let Data { post } = asked.fields()?;
    let sql = "SELECT post, author, text, created_at, edited_at, likes, comments, hidden, deleted \
               FROM posts WHERE post = $1";
    let select = Select { sql, params: vec![post.into()] };
    let answer = Box::new(move |rows: Rows| {
        let what = || format!("post-{post}");
        match rows.rows.first().map(Vec::as_slice) {
            None | Some([_, Value::Null, ..]) => Err(Refusal::NotFound { what: what() }),
            Some(row) if show::flag(row.get(8)) => Err(Refusal::Deleted { what: what() }),
            Some(row) if show::flag(row.get(7)) => Err(Refusal::Hidden { what: what() }),
            Some(row) => {
                let mut data = String::with_capacity(show::size(FIELDS, row));
                show::object(&mut data, FIELDS, row);
                Ok(Answer { data, next: None })
            }
        }
    });
    Ok(Query { name: asked.help.name, select, answer })
}

pub(super) const RECENT: Entry = Entry {
    help: QueryHelp {
        name: "RecentPosts",
        summary: "All posts, newest first.",
        fields: &[LIMIT, CURSOR],
        example: r#"{"limit":10}"#,
    },
    build: recent,
};

fn recent(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "RecentPosts",
        sql: "SELECT post, author, text, created_at, edited_at, likes, comments FROM posts \
              WHERE author IS NOT NULL AND NOT deleted AND NOT hidden AND (created_at, post) < ($1, $2) \
              ORDER BY created_at DESC, post DESC LIMIT $3",
        fields: FIELDS,
        key: &[(3, Part::Time), (0, Part::Uuid)],
    };
    let Data { limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![], limit, cursor.as_deref())
}

pub(super) const BY_AUTHOR: Entry = Entry {
    help: QueryHelp {
        name: "PostsByAuthor",
        summary: "The posts of one user, newest first.",
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
        name: "PostsByAuthor",
        sql: "SELECT post, author, text, created_at, edited_at, likes, comments FROM posts \
              WHERE author = $1 AND author IS NOT NULL AND NOT deleted AND NOT hidden \
              AND (created_at, post) < ($2, $3) ORDER BY created_at DESC, post DESC LIMIT $4",
        fields: FIELDS,
        key: &[(3, Part::Time), (0, Part::Uuid)],
    };
    let Data { author, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![author.into()], limit, cursor.as_deref())
}

pub(super) const WITH_LIKES: Entry = Entry {
    help: QueryHelp {
        name: "PostsWithLikes",
        summary: "Posts with at least so many likes, most liked first.",
        fields: &[
            FieldHelp { name: "min", kind: "whole number", default: Some("1"), limits: "0 or more" },
            LIMIT,
            CURSOR,
        ],
        example: r#"{"min":2}"#,
    },
    build: with_likes,
};

fn with_likes(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        #[serde(default = "one")]
        min: u32,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    fn one() -> u32 {
        1
    }
    const LIST: List = List {
        name: "PostsWithLikes",
        sql: "SELECT post, author, text, created_at, edited_at, likes, comments FROM posts \
              WHERE author IS NOT NULL AND NOT deleted AND NOT hidden AND likes >= $1 \
              AND (likes, post) < ($2, $3) ORDER BY likes DESC, post DESC LIMIT $4",
        fields: FIELDS,
        key: &[(5, Part::Int), (0, Part::Uuid)],
    };
    let Data { min, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![min.into()], limit, cursor.as_deref())
}
