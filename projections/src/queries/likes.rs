//! Likes: of a target, and by a user.

use serde::Deserialize;
use tidings_domain::{Target, UserId};

use super::catalogue::{CURSOR, LIMIT, id, target};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::Show::Plain;
use super::{Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const OF: Entry = Entry {
    help: QueryHelp {
        name: "LikesOf",
        summary: "Who likes a post, clip or comment, newest first.",
        fields: &[target("post-<uuid>, clip-<uuid> or comment-<uuid>"), LIMIT, CURSOR],
        example: r#"{"target":"post-01930000-0000-7000-8000-00000000000a"}"#,
    },
    build: of,
};

fn of(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        target: Target,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "LikesOf",
        sql: "SELECT user_id, liked_at FROM likes WHERE target = $1 AND (liked_at, user_id) < ($2, $3) \
              ORDER BY liked_at DESC, user_id DESC LIMIT $4",
        fields: &[("user", Plain), ("liked_at", Plain)],
        key: &[(1, Part::Time), (0, Part::Uuid)],
    };
    let Data { target, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![target.to_string().into()], limit, cursor.as_deref())
}

pub(super) const BY: Entry = Entry {
    help: QueryHelp {
        name: "LikedBy",
        summary: "What a user likes, newest first.",
        fields: &[id("user"), LIMIT, CURSOR],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build: by,
};

fn by(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        user: UserId,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "LikedBy",
        sql: "SELECT target, liked_at FROM likes WHERE user_id = $1 AND (liked_at, target) < ($2, $3) \
              ORDER BY liked_at DESC, target DESC LIMIT $4",
        fields: &[("target", Plain), ("liked_at", Plain)],
        key: &[(1, Part::Time), (0, Part::Text)],
    };
    let Data { user, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![user.into()], limit, cursor.as_deref())
}
