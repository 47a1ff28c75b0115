//! Likes: a row for each like that stands.

use tidings_domain::like;

use crate::{Changes, Index, Table};

use super::column::{text, time, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "likes",
    about: "Likes that stand; one taken back has no row.",
    // What is liked is mostly new, as are the ids of what is new: who likes it comes second, so that likes that are given
    // at about the same time stand on the same pages.
    key: &[text("target", "the post, clip or comment, as its stream"), uuid("user_id", "who likes it")],
    columns: &[
        time("liked_at", "since when, as the user says"),
        time("recorded_at", "when that was recorded"),
    ],
    indexes: &[
        Index { name: "likes_of_target", on: "target, liked_at DESC, user_id DESC", only: "" },
        Index { name: "likes_of_user", on: "user_id, liked_at DESC, target DESC", only: "" },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Like(like::Event::Liked { user, target }) => {
            let row = changes.row(TABLE.name, [target.to_string().into(), (*user).into()]);
            row.set("liked_at", at.happened).set("recorded_at", at.recorded);
        }
        Social::Like(like::Event::Unliked { user, target }) => {
            changes.row(TABLE.name, [target.to_string().into(), (*user).into()]).delete();
        }
        _ => {}
    }
}
