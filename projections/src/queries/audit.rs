//! Every counter held against the rows that it counts. Reads the whole read model.

use serde::Deserialize;

use crate::{Rows, Select};

use super::show::{self, Fields, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "CounterAudit",
        summary: "The counters that differ from the rows that they count, at most 100; none where all is well. Slow.",
        fields: &[],
        example: "{}",
    },
    build,
};

const FIELDS: Fields = &[("counter", Plain), ("id", Plain), ("stored", Plain), ("counted", Plain)];

/// The rows of a table whose counter is not what `$counts` (columns `of`, `n`) says. A counter that should
/// have a row and has none is found too.
macro_rules! differing {
    ($table:literal, $counter:literal, $id:expr, $counts:expr) => {
        concat!(
            "SELECT '",
            $table,
            ".",
            $counter,
            "' AS counter, a.id AS id, a.stored AS stored, ",
            "COALESCE(b.n, 0) AS counted FROM (SELECT ",
            $id,
            " AS id, ",
            $counter,
            " AS stored FROM ",
            $table,
            ") a LEFT JOIN (",
            $counts,
            ") b ON b.owner = a.id WHERE a.stored <> COALESCE(b.n, 0) ",
            "UNION ALL ",
            "SELECT '",
            $table,
            ".",
            $counter,
            "' AS counter, b.owner AS id, 0 AS stored, b.n AS counted FROM (",
            $counts,
            // A text and DISTINCT: so SQLite makes an index of them, instead of computing all again for each owner.
            ") b LEFT JOIN (SELECT DISTINCT CAST(",
            $id,
            " AS text) AS id FROM ",
            $table,
            ") a ON a.id = b.owner ",
            "WHERE a.id IS NULL"
        )
    };
}

/// Rows by owner, counted.
macro_rules! count {
    ($owner:expr, $from:expr) => {
        concat!("SELECT ", $owner, " AS owner, COUNT(*) AS n FROM ", $from, " GROUP BY ", $owner)
    };
}

/// A column by owner, summed.
macro_rules! sum {
    ($owner:expr, $what:literal, $from:expr) => {
        concat!(
            "SELECT ",
            $owner,
            " AS owner, CAST(SUM(",
            $what,
            ") AS bigint) AS n FROM ",
            $from,
            " GROUP BY ",
            $owner
        )
    };
}

const SQL: &str = concat!(
    "SELECT counter, id, stored, counted FROM (",
    differing!(
        "posts",
        "likes",
        "'post-' || CAST(post AS text)",
        count!("target", "likes WHERE target LIKE 'post-%'")
    ),
    " UNION ALL ",
    differing!(
        "posts",
        "comments",
        "'post-' || CAST(post AS text)",
        count!("target", "comments WHERE target LIKE 'post-%' AND NOT deleted")
    ),
    " UNION ALL ",
    differing!(
        "comments",
        "likes",
        "'comment-' || CAST(comment AS text)",
        count!("target", "likes WHERE target LIKE 'comment-%'")
    ),
    " UNION ALL ",
    differing!(
        "comments",
        "replies",
        "CAST(comment AS text)",
        count!("CAST(parent AS text)", "comments WHERE parent IS NOT NULL AND NOT deleted")
    ),
    " UNION ALL ",
    differing!(
        "clips",
        "likes",
        "'clip-' || CAST(clip AS text)",
        count!("target", "likes WHERE target LIKE 'clip-%'")
    ),
    " UNION ALL ",
    differing!(
        "clips",
        "comments",
        "'clip-' || CAST(clip AS text)",
        count!("target", "comments WHERE target LIKE 'clip-%' AND NOT deleted")
    ),
    " UNION ALL ",
    differing!("clips", "views", "CAST(clip AS text)", sum!("CAST(clip AS text)", "views", "views")),
    " UNION ALL ",
    differing!(
        "clips",
        "unique_views",
        "CAST(clip AS text)",
        count!("CAST(clip AS text)", "views WHERE views > 0")
    ),
    " UNION ALL ",
    differing!("clips", "shares", "CAST(clip AS text)", sum!("CAST(clip AS text)", "shares", "views")),
    " UNION ALL ",
    // The views of all days are the views ever.
    differing!("clips", "views", "CAST(clip AS text)", sum!("CAST(clip AS text)", "views", "clip_days")),
    " UNION ALL ",
    differing!(
        "profiles",
        "posts",
        "CAST(user_id AS text)",
        count!("CAST(author AS text)", "posts WHERE author IS NOT NULL AND NOT deleted")
    ),
    " UNION ALL ",
    differing!(
        "profiles",
        "clips",
        "CAST(user_id AS text)",
        count!("CAST(author AS text)", "clips WHERE state = 'published' AND NOT deleted")
    ),
    " UNION ALL ",
    differing!(
        "profiles",
        "comments",
        "CAST(user_id AS text)",
        count!("CAST(author AS text)", "comments WHERE author IS NOT NULL AND NOT deleted")
    ),
    " UNION ALL ",
    differing!("profiles", "followers", "CAST(user_id AS text)", count!("CAST(followee AS text)", "follows")),
    " UNION ALL ",
    differing!("profiles", "following", "CAST(user_id AS text)", count!("CAST(follower AS text)", "follows")),
    " UNION ALL ",
    differing!("profiles", "likes_given", "CAST(user_id AS text)", count!("CAST(user_id AS text)", "likes")),
    ") audit ORDER BY counter, id LIMIT 100"
);

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {}
    let Data {} = asked.fields()?;
    let answer = Box::new(|rows: Rows| {
        let mut data = String::from("[");
        for (place, row) in rows.rows.iter().enumerate() {
            data.push_str(if place > 0 { "," } else { "" });
            show::object(&mut data, FIELDS, row);
        }
        data.push(']');
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select: Select { sql: SQL, params: vec![] }, answer })
}
