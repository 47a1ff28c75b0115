//! Who follows whom.

use serde::Deserialize;
use tidings_domain::UserId;

use crate::{Rows, Select};

use super::catalogue::{CURSOR, LIMIT, id};
use super::cursor::Part;
use super::page::{Limit, List};
use super::show::{self, Show::Plain};
use super::{Answer, Asked, Entry, Query, QueryError, QueryHelp};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    user: UserId,
    #[serde(default)]
    limit: Limit,
    cursor: Option<String>,
}

pub(super) const FOLLOWERS: Entry = Entry {
    help: QueryHelp {
        name: "Followers",
        summary: "Who follows a user, newest first.",
        fields: &[id("user"), LIMIT, CURSOR],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build: followers,
};

fn followers(asked: &Asked<'_>) -> Result<Query, QueryError> {
    const LIST: List = List {
        name: "Followers",
        sql: "SELECT follower, followed_at FROM follows WHERE followee = $1 \
              AND (followed_at, follower) < ($2, $3) ORDER BY followed_at DESC, follower DESC LIMIT $4",
        fields: &[("user", Plain), ("followed_at", Plain)],
        key: &[(1, Part::Time), (0, Part::Uuid)],
    };
    let Data { user, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![user.into()], limit, cursor.as_deref())
}

pub(super) const FOLLOWING: Entry = Entry {
    help: QueryHelp {
        name: "Following",
        summary: "Whom a user follows, newest first.",
        fields: &[id("user"), LIMIT, CURSOR],
        example: r#"{"user":"01930000-0000-7000-8000-00000000000d"}"#,
    },
    build: following,
};

fn following(asked: &Asked<'_>) -> Result<Query, QueryError> {
    const LIST: List = List {
        name: "Following",
        sql: "SELECT followee, followed_at FROM follows WHERE follower = $1 \
              AND (followed_at, followee) < ($2, $3) ORDER BY followed_at DESC, followee DESC LIMIT $4",
        fields: &[("user", Plain), ("followed_at", Plain)],
        key: &[(1, Part::Time), (0, Part::Uuid)],
    };
    let Data { user, limit, cursor } = asked.fields()?;
    LIST.page(asked, vec![user.into()], limit, cursor.as_deref())
}

pub(super) const IS_FOLLOWING: Entry = Entry {
    help: QueryHelp {
        name: "IsFollowing",
        summary: "Whether one user follows another, and since when.",
        fields: &[id("follower"), id("followee")],
        example: r#"{"follower":"01930000-0000-7000-8000-00000000000d","followee":"01930000-0000-7000-8000-00000000000e"}"#,
    },
    build: is_following,
};

fn is_following(asked: &Asked<'_>) -> Result<Query, QueryError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Data {
        follower: UserId,
        followee: UserId,
    }
    let Data { follower, followee } = asked.fields()?;
    let sql = "SELECT followed_at FROM follows WHERE follower = $1 AND followee = $2";
    let select = Select { sql, params: vec![follower.into(), followee.into()] };
    let answer = Box::new(|rows: Rows| {
        let mut data = String::from("{\"following\":false,\"followed_at\":null}");
        if let Some(row) = rows.rows.first() {
            data = String::from("{\"following\":true,");
            show::members(&mut data, &[("followed_at", Plain)], row);
            data.push('}');
        }
        Ok(Answer { data, next: None })
    });
    Ok(Query { name: asked.help.name, select, answer })
}
