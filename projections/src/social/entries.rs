//! What each user published, in one list by time: for home feeds and activity.

use tidings_domain::{clip, comment, post};
use uuid::Uuid;

use crate::{Changes, Index, RowChange, Table};

use super::column::{flag, text, time, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "entries",
    about: "What each user published: posts, clips and comments in one list by time.",
    key: &[text("kind", "post, clip or comment"), uuid("id", "the post, clip or comment")],
    columns: &[
        uuid("author", "who published it"),
        time("at", "when it was published"),
        flag("feed", "whether it belongs into home feeds: posts and published clips"),
        flag("hidden", "whether it may not be listed: hidden by a moderator, or a clip that is not public"),
        flag("deleted", "whether it was deleted"),
    ],
    indexes: &[
        Index {
            name: "entries_feed",
            on: "author, feed, at DESC, id DESC, kind DESC",
            only: "NOT hidden AND NOT deleted",
        },
        Index {
            name: "entries_activity",
            on: "author, at DESC, id DESC, kind DESC",
            only: "NOT hidden AND NOT deleted",
        },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Post(post::Event::PostCreated { post, author, .. }) => {
            let row = entry(changes, "post", post.0);
            row.set("author", *author).set("at", at.happened).set("feed", true);
        }
        Social::Post(post::Event::PostHidden { post, .. }) => {
            entry(changes, "post", post.0).set("hidden", true);
        }
        Social::Post(post::Event::PostUnhidden { post, .. }) => {
            entry(changes, "post", post.0).set("hidden", false);
        }
        Social::Post(post::Event::PostDeleted { post, .. }) => {
            entry(changes, "post", post.0).set("deleted", true);
        }
        Social::Clip(clip::Event::ClipPublished { clip, author, .. }) => {
            let row = entry(changes, "clip", clip.0);
            row.set("author", *author).set("at", at.happened).set("feed", true);
        }
        Social::Clip(clip::Event::ClipVisibilityChanged { clip, visibility, .. }) => {
            entry(changes, "clip", clip.0).set("hidden", *visibility != clip::Visibility::Public);
        }
        Social::Clip(clip::Event::ClipDeleted { clip, .. }) => {
            entry(changes, "clip", clip.0).set("deleted", true);
        }
        Social::Comment(comment::Event::CommentAdded { comment, author, .. }) => {
            entry(changes, "comment", comment.0).set("author", *author).set("at", at.happened);
        }
        Social::Comment(comment::Event::CommentRemoved { comment, .. }) => {
            entry(changes, "comment", comment.0).set("deleted", true);
        }
        _ => {}
    }
}

fn entry<'c>(changes: &'c mut Changes, kind: &'static str, id: Uuid) -> &'c mut RowChange {
    changes.row(TABLE.name, [kind.into(), id.into()])
}
