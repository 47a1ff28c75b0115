//! The most viewed clips of a period.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use tidings_domain::Timestamp;

use super::catalogue::{CURSOR, LIMIT};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{Fields, Show::Plain};
use super::{Asked, Entry, FieldHelp, Query, QueryError, QueryHelp};

pub(super) const ENTRY: Entry = Entry {
    help: QueryHelp {
        name: "TopClips",
        summary: "The public clips with the most views in a day, 7 days, 30 days, or ever.",
        fields: &[
            FieldHelp {
                name: "period",
                kind: "text",
                default: None,
                limits: "\"day\", \"week\", \"month\" or \"all\"",
            },
            FieldHelp {
                name: "on",
                kind: "day",
                default: Some("today"),
                limits: "the last day of the period in UTC, such as \"2026-11-21\"",
            },
            LIMIT,
            CURSOR,
        ],
        example: r#"{"period":"week","limit":10}"#,
    },
    build,
};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Period {
    Day,
    Week,
    Month,
    All,
}

/// A day in UTC, by its first moment.
struct Day(Timestamp);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let moment = format!("{text}T00:00:00.000Z").parse();
        moment.map(Self).map_err(|_| D::Error::custom("not a day of the form 2026-11-21"))
    }
}

const FIELDS: Fields = &[
    ("clip", Plain),
    ("author", Plain),
    ("title", Plain),
    ("duration_s", Plain),
    ("published_at", Plain),
    ("likes", Plain),
    ("comments", Plain),
    ("views", Plain),
    ("unique_views", Plain),
    ("shares", Plain),
    ("views_in_period", Plain),
];

const DAY_MILLIS: i64 = 86_400_000;

fn build(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        period: Period,
        on: Option<Day>,
        #[serde(default)]
        limit: Limit,
        cursor: Option<String>,
    }
    const EVER: List = List {
        name: "TopClips, all",
        sql: "SELECT clip, author, title, duration_s, published_at, likes, comments, views, unique_views, \
              shares, views FROM clips WHERE state = 'published' AND visibility = 'public' AND NOT deleted \
              AND (views, clip) < ($1, $2) ORDER BY views DESC, clip DESC LIMIT $3",
        fields: FIELDS,
        key: &[(10, Part::Int), (0, Part::Uuid)],
    };
    const DAYS: List = List {
        name: "TopClips",
        sql: "SELECT c.clip, c.author, c.title, c.duration_s, c.published_at, c.likes, c.comments, c.views, \
              c.unique_views, c.shares, d.total \
              FROM (SELECT clip, CAST(SUM(views) AS bigint) AS total FROM clip_days \
              WHERE day >= $1 AND day <= $2 GROUP BY clip) d JOIN clips c ON c.clip = d.clip \
              WHERE c.state = 'published' AND c.visibility = 'public' AND NOT c.deleted \
              AND (d.total, c.clip) < ($3, $4) ORDER BY d.total DESC, c.clip DESC LIMIT $5",
        fields: FIELDS,
        key: &[(10, Part::Int), (0, Part::Uuid)],
    };
    let Data { period, on, limit, cursor } = asked.fields()?;
    let last = on.map_or(asked.now, |Day(day)| day);
    let days_before = match period {
        Period::Day => 0,
        Period::Week => 6,
        Period::Month => 29,
        Period::All => return EVER.page(asked, vec![], limit, cursor.as_deref()),
    };
    let first = last.plus_millis(-days_before * DAY_MILLIS);
    DAYS.page(asked, vec![first.day().into(), last.day().into()], limit, cursor.as_deref())
}
