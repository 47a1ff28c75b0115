//! Comments.

use tidings_domain::{Target, comment, like};

use crate::{Changes, Index, Table};

use super::column::{counter, flag, text, time, uuid};
use super::counted;
use super::event::{At, Social};

/// Which comments lists show: neither stubs nor removed ones.
const SHOWN: &str = "author IS NOT NULL AND NOT deleted";

pub(super) const TABLE: Table = Table {
    name: "comments",
    about: "Comments. Without an author: others spoke of it before it was worked in itself.",
    key: &[uuid("comment", "the comment")],
    columns: &[
        uuid("author", "who wrote it"),
        text("target", "the post or clip that it is on, as its stream"),
        uuid("parent", "the comment that it answers"),
        text("text", "what it says; empty once removed"),
        time("created_at", "when it was written, as its author says"),
        time("recorded_at", "when that was recorded"),
        time("edited_at", "when the text was last changed"),
        flag("deleted", "whether it was removed"),
        counter("likes", "likes now"),
        counter("replies", "answers now"),
    ],
    indexes: &[
        Index { name: "comments_newest", on: "target, created_at DESC, comment DESC", only: SHOWN },
        Index { name: "comments_top", on: "target, likes DESC, comment DESC", only: SHOWN },
        Index { name: "comments_replies", on: "parent, created_at DESC, comment DESC", only: SHOWN },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Comment(event) => own(event, at, changes),
        Social::Like(like::Event::Liked { target: target @ Target::Comment(_), .. }) => {
            counted(*target, changes).add("likes", 1);
        }
        Social::Like(like::Event::Unliked { target: target @ Target::Comment(_), .. }) => {
            counted(*target, changes).add("likes", -1);
        }
        _ => {}
    }
}

fn own(event: &comment::Event, at: At, changes: &mut Changes) {
    match event {
        comment::Event::CommentAdded { comment, author, target, parent, text } => {
            changes
                .row(TABLE.name, [(*comment).into()])
                .set("author", *author)
                .set("target", target.to_string())
                .set("parent", *parent)
                .set("text", text.as_str())
                .set("created_at", at.happened)
                .set("recorded_at", at.recorded);
            if let Some(parent) = parent {
                changes.row(TABLE.name, [(*parent).into()]).add("replies", 1);
            }
        }
        comment::Event::CommentEdited { comment, text } => {
            let row = changes.row(TABLE.name, [(*comment).into()]);
            row.set("text", text.as_str()).set("edited_at", at.happened);
        }
        comment::Event::CommentRemoved { comment, parent, .. } => {
            changes.row(TABLE.name, [(*comment).into()]).set("deleted", true).set("text", "");
            if let Some(parent) = parent {
                changes.row(TABLE.name, [(*parent).into()]).add("replies", -1);
            }
        }
    }
}
