//! What the users whom one follows published.

use serde::Deserialize;
use tidings_domain::UserId;

use super::catalogue::{CURSOR, LIMIT, id};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::Show::Plain;
use super::{Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "HomeFeed",
        summary: "Posts and public clips of the users whom a user follows, newest first.",
        fields: &[id("user"), LIMIT, CURSOR],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build,
};

/// Of each followed user only as many entries are looked at as the page may hold.
const SQL: &str = "SELECT e.kind, e.id, e.author, e.at, p.text, c.title, c.duration_s, COALESCE(p.likes, c.likes), \
     COALESCE(p.comments, c.comments) \
     FROM follows f CROSS JOIN entries e \
     LEFT JOIN posts p ON e.kind = 'post' AND p.post = e.id \
     LEFT JOIN clips c ON e.kind = 'clip' AND c.clip = e.id \
     WHERE f.follower = $1 AND (e.kind, e.id) IN (SELECT n.kind, n.id FROM entries n \
     WHERE n.author = f.followee AND n.feed = true AND NOT n.hidden AND NOT n.deleted \
     AND (n.at, n.id, n.kind) < ($2, $3, $4) ORDER BY n.at DESC, n.id DESC, n.kind DESC LIMIT $5) \
     ORDER BY e.at DESC, e.id DESC, e.kind DESC LIMIT $5";

/// The same with a lateral join.
#[cfg(feature = "postgres")]
pub(super) const LATERAL: (&str, &str) = (
    SQL,
    "SELECT e.kind, e.id, e.author, e.at, p.text, c.title, c.duration_s, COALESCE(p.likes, c.likes), \
     COALESCE(p.comments, c.comments) \
     FROM (SELECT n.* FROM follows f CROSS JOIN LATERAL (SELECT n.kind, n.id, n.author, n.at FROM entries n \
     WHERE n.author = f.followee AND n.feed AND NOT n.hidden AND NOT n.deleted \
     AND (n.at, n.id, n.kind) < ($2, $3, $4) ORDER BY n.at DESC, n.id DESC, n.kind DESC LIMIT $5) n \
     WHERE f.follower = $1 ORDER BY n.at DESC, n.id DESC, n.kind DESC LIMIT $5) e \
     LEFT JOIN posts p ON e.kind = 'post' AND p.post = e.id \
     LEFT JOIN clips c ON e.kind = 'clip' AND c.clip = e.id \
     ORDER BY e.at DESC, e.id DESC, e.kind DESC",
);

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        user: UserId,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const LIST: List = List {
        name: "HomeFeed",
        sql: SQL,
        fields: &[
            ("kind", Plain),
            ("id", Plain),
            ("author", Plain),
            ("at", Plain),
            ("text", Plain),
            ("title", Plain),
            ("duration_s", Plain),
            ("likes", Plain),
            ("comments", Plain),
        ],
        key: &[(3, Part::Time), (1, Part::Uuid), (0, Part::Text)],
    };
    let Data { user, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![user.into()], limit, cursor.as_deref())
}
