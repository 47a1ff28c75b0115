//! The queries of the social group: from JSON data to one select, and from its rows to the JSON answer. Pure.
//!
//! Each query is one select, so its answer is of one moment. SQL is in what SQLite and PostgreSQL share; two have
//! another text for PostgreSQL, which needs lateral joins where SQLite has none.
//!
//! What is not shown: rows that others counted on before they were worked in are `not_found`, and so are
//! private clips, whose existence is nobody's business. Deleted things are `gone`, and so are posts that a
//! moderator hid, with another message. Lists leave all of these out, and unlisted or unpublished clips too.
//!
//! Lists are paged by a cursor, which holds the last row's place in the order. Rows that are inserted
//! meanwhile neither repeat nor hide others; where the order is by a count, a row may move while it is paged.

mod activity;
mod audit;
mod catalogue;
mod checkpoints;
mod clips;
mod command_status;
mod comments;
mod cursor;
mod dead_letters;
mod error;
mod follows;
mod home_feed;
mod likes;
mod page;
mod parked;
mod parse;
mod posts;
mod posts_with_comments;
mod processes;
mod profile;
mod recorded;
mod show;
mod strange_records;
mod top_clips;

use tidings_domain::Timestamp;

use crate::{Rows, Select};

pub use catalogue::{FieldHelp, QueryHelp, catalogue};
pub use command_status::parse as parse_command_status;
pub use error::{QueryError, Refusal};
pub use processes::parse as parse_processes;
pub use recorded::{
    CommandsPage, cursor as commands_cursor, parse as parse_commands, wrong_state as wrong_commands_state,
};

/// A query that was understood.
pub struct Query {
    name: &'static str,
    select: Select,
    answer: Box<dyn Fn(Rows) -> Result<Answer, Refusal> + Send + Sync>,
}

/// What a query answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// JSON: an object, or for lists an array.
    pub data: String,
    /// Lists: the cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// A query as it is registered.
struct Entry {
    help: QueryHelp,
    build: fn(&Asked<'_>) -> Result<Query, QueryError>,
}

/// What was asked.
struct Asked<'a> {
    help: &'static QueryHelp,
    data: &'a str,
    now: Timestamp,
}

const ENTRIES: &[Entry] = &[
    posts::BY_ID,
    posts::RECENT,
    posts::BY_AUTHOR,
    posts_with_comments::ENTRY,
    posts::WITH_LIKES,
    comments::COMMENTS,
    comments::REPLIES,
    clips::BY_ID,
    clips::BY_AUTHOR,
    top_clips::ENTRY,
    likes::OF,
    likes::BY,
    follows::FOLLOWERS,
    follows::FOLLOWING,
    follows::IS_FOLLOWING,
    profile::ENTRY,
    home_feed::ENTRY,
    activity::ENTRY,
    audit::ENTRY,
    checkpoints::ENTRY,
    parked::ENTRY,
    strange_records::ENTRY,
    dead_letters::ENTRY,
];

/// The same select for a store that has lateral joins, and without them would look at whole tables; none where
/// `sql` serves it as well.
#[cfg(feature = "postgres")]
pub(crate) fn lateral(sql: &str) -> Option<&'static str> {
    [home_feed::LATERAL, posts_with_comments::LATERAL].iter().find(|(of, _)| *of == sql).map(|(_, sql)| *sql)
}

impl Query {
    /// Whether it reads whole tables, and may take long.
    pub fn is_slow(&self) -> bool {
        self.name == audit::ENTRY.help.name
    }

    /// Reads a query from its name and its data, a JSON object. `now` is the host's time, for periods that
    /// end today.
    ///
    /// ```
    /// use tidings_domain::testing::sample;
    /// use tidings_projections::queries::Query;
    ///
    /// let query = Query::parse("PostsWithLikes", r#"{"min":3,"limit":10}"#, sample::time(0))?;
    /// assert_eq!(query.select().params[0], 3i64.into());
    ///
    /// let typo = Query::parse("PostsWithLikes", r#"{"mim":3}"#, sample::time(0)).err().unwrap();
    /// assert_eq!(typo.to_string(), "PostsWithLikes: `mim` is no field of it; did you mean `min`?");
    /// # Ok::<(), tidings_projections::queries::QueryError>(())
    /// ```
    ///
    /// # Errors
    /// When there is no such query, or the data are not its own; the error names the field.
    pub fn parse(name: &str, data: &str, now: Timestamp) -> Result<Self, QueryError> {
        match ENTRIES.iter().find(|entry| entry.help.name == name) {
            Some(entry) => (entry.build)(&Asked { help: &entry.help, data, now }),
            None => Err(QueryError::unknown(name)),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What to ask the reader.
    pub fn select(&self) -> &Select {
        &self.select
    }

    /// What the rows of the select answer.
    ///
    /// # Errors
    /// When what was asked for is not there, or no more.
    pub fn answer(&self, rows: Rows) -> Result<Answer, Refusal> {
        (self.answer)(rows)
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query").field("name", &self.name).field("params", &self.select.params).finish()
    }
}
