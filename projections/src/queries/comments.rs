//! Comments on a post or clip, and answers to a comment.

use serde::Deserialize;
use tidings_domain::{CommentId, Target};

use super::catalogue::{CURSOR, LIMIT, id, target};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{Fields, Show::Plain};
use super::{Asked, Entry, FieldHelp, Query, QueryError, QueryHelp};

pub(super) const FIELDS: Fields = &[
    ("comment", Plain),
    ("author", Plain),
    ("target", Plain),
    ("parent", Plain),
    ("text", Plain),
    ("created_at", Plain),
    ("edited_at", Plain),
    ("likes", Plain),
    ("replies", Plain),
];

pub(super) const COMMENTS: Entry = Entry {
    help: QueryHelp {
        name: "Comments",
        summary: "The comments on a post or clip, answers included, newest or most liked first.",
        fields: &[
            target("post-<uuid> or clip-<uuid>"),
            FieldHelp {
                name: "order",
                kind: "text",
                default: Some("newest"),
                limits: "\"newest\" or \"top\"",
            },
            LIMIT,
            CURSOR,
        ],
        example: r#"{"target":"post-01930000-0000-7000-8000-00000000000a","order":"top"}"#,
    },
    build: comments,
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Newest,
    Top,
}

fn comments(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        target: Target,
        #[serde(default)]
        order: Order,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const NEWEST: List = List {
        name: "Comments, newest",
        sql: "SELECT comment, author, target, parent, text, created_at, edited_at, likes, replies \
              FROM comments WHERE target = $1 AND author IS NOT NULL AND NOT deleted \
              AND (created_at, comment) < ($2, $3) ORDER BY created_at DESC, comment DESC LIMIT $4",
        fields: FIELDS,
        key: &[(5, Part::Time), (0, Part::Uuid)],
    };
    const TOP: List = List {
        name: "Comments, top",
        sql: "SELECT comment, author, target, parent, text, created_at, edited_at, likes, replies \
              FROM comments WHERE target = $1 AND author IS NOT NULL AND NOT deleted \
              AND (likes, comment) < ($2, $3) ORDER BY likes DESC, comment DESC LIMIT $4",
        fields: FIELDS,
        key: &[(7, Part::Int), (0, Part::Uuid)],
    };
    let Data { target, order, limit, cursor } = asked.fields()?;
    if let Target::Comment(_) = target {
        return Err(asked.wrong("target", "a comment has answers; ask for them with Replies"));
    }
    let list = match order {
        Order::Newest => &NEWEST,
        Order::Top => &TOP,
    };
    list.page(asked, vec![target.to_string().into()], limit, cursor.as_deref())
}

pub(super) const REPLIES: Entry = Entry {
    help: QueryHelp {
        name: "Replies",
        summary: "The answers to a comment, newest first.",
        fields: &[id("comment"), LIMIT, CURSOR],
        example: r#"{"comment":"01930000-0000-7000-8000-00000000000b"}"#,
    },
    build: replies,
};

fn replies(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        comment: CommentId,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "Replies",
        sql: "SELECT comment, author, target, parent, text, created_at, edited_at, likes, replies \
              FROM comments WHERE parent = $1 AND author IS NOT NULL AND NOT deleted \
              AND (created_at, comment) < ($2, $3) ORDER BY created_at DESC, comment DESC LIMIT $4",
        fields: FIELDS,
        key: &[(5, Part::Time), (0, Part::Uuid)],
    };
    let Data { comment, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![comment.into()], limit, cursor.as_deref())
}
