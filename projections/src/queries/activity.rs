//! What one user published.

use serde::Deserialize;
use tidings_domain::UserId;

use super::catalogue::{CURSOR, LIMIT, id};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::Show::Plain;
use super::{Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "Activity",
        summary: "The posts, public clips and comments of one user, newest first.",
        fields: &[id("user"), LIMIT, CURSOR],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build,
};

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
        name: "Activity",
        sql: "SELECT e.kind, e.id, e.at, COALESCE(p.text, m.text), c.title, m.target, m.parent, \
              COALESCE(p.likes, c.likes, m.likes) \
              FROM entries e \
              LEFT JOIN posts p ON e.kind = 'post' AND p.post = e.id \
              LEFT JOIN clips c ON e.kind = 'clip' AND c.clip = e.id \
              LEFT JOIN comments m ON e.kind = 'comment' AND m.comment = e.id \
              WHERE e.author = $1 AND NOT e.hidden AND NOT e.deleted AND (e.at, e.id, e.kind) < ($2, $3, $4) \
              ORDER BY e.at DESC, e.id DESC, e.kind DESC LIMIT $5",
        fields: &[
            ("kind", Plain),
            ("id", Plain),
            ("at", Plain),
            ("text", Plain),
            ("title", Plain),
            ("target", Plain),
            ("parent", Plain),
            ("likes", Plain),
        ],
        key: &[(2, Part::Time), (1, Part::Uuid), (0, Part::Text)],
    };
    let Data { user, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![user.into()], limit, cursor.as_deref())
}
