//! Posts.

use tidings_domain::{Target, comment, like, post};

use crate::{Changes, Index, Table};

use super::column::{counter, flag, text, time, uuid};
use super::counted;
use super::event::{At, Social};

/// Which posts lists show: not stubs, and neither deleted nor hidden.
const SHOWN: &str = "author IS NOT NULL AND NOT deleted AND NOT hidden";

pub(super) const TABLE: Table = Table {
    name: "posts",
    about: "Posts. Without an author: others spoke of it before it was worked in itself.",
    key: &[uuid("post", "the post")],
    columns: &[
        uuid("author", "who wrote it"),
        text("text", "what it says; empty once deleted"),
        time("created_at", "when it was published, as its author says"),
        time("recorded_at", "when that was recorded"),
        time("edited_at", "when the text was last changed"),
        flag("hidden", "whether a moderator hid it"),
        flag("deleted", "whether it was deleted"),
        counter("likes", "likes now"),
        counter("comments", "comments now, answers included"),
    ],
    indexes: &[
        Index { name: "posts_newest", on: "created_at DESC, post DESC", only: SHOWN },
        Index { name: "posts_of_author", on: "author, created_at DESC, post DESC", only: SHOWN },
        Index { name: "posts_most_liked", on: "likes DESC, post DESC", only: SHOWN },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Post(event) => own(event, at, changes),
        Social::Like(like::Event::Liked { target: target @ Target::Post(_), .. }) => {
            counted(*target, changes).add("likes", 1);
        }
        Social::Like(like::Event::Unliked { target: target @ Target::Post(_), .. }) => {
            counted(*target, changes).add("likes", -1);
        }
        Social::Comment(comment::Event::CommentAdded { target: target @ Target::Post(_), .. }) => {
            counted(*target, changes).add("comments", 1);
        }
        Social::Comment(comment::Event::CommentRemoved { target: target @ Target::Post(_), .. }) => {
            counted(*target, changes).add("comments", -1);
        }
        _ => {}
    }
}

fn own(event: &post::Event, at: At, changes: &mut Changes) {
    match event {
        post::Event::PostCreated { post, author, text } => {
            changes
                .row(TABLE.name, [(*post).into()])
                .set("author", *author)
                .set("text", text.as_str())
                .set("created_at", at.happened)
                .set("recorded_at", at.recorded);
        }
        post::Event::PostEdited { post, text } => {
            let row = changes.row(TABLE.name, [(*post).into()]);
            row.set("text", text.as_str()).set("edited_at", at.happened);
        }
        post::Event::PostDeleted { post, .. } => {
            changes.row(TABLE.name, [(*post).into()]).set("deleted", true).set("text", "");
        }
        post::Event::PostHidden { post, .. } => {
            changes.row(TABLE.name, [(*post).into()]).set("hidden", true);
        }
        post::Event::PostUnhidden { post, .. } => {
            changes.row(TABLE.name, [(*post).into()]).set("hidden", false);
        }
    }
}
