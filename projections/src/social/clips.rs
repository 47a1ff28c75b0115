//! Clips.

use tidings_domain::{Target, clip, comment, like, view};

use crate::{Changes, Index, Table};

use super::column::{counter, flag, int, text, time, uuid};
use super::counted;
use super::event::{At, Social};

/// Which clips lists show: published, public, not deleted.
const SHOWN: &str = "state = 'published' AND visibility = 'public' AND NOT deleted";

pub(super) const TABLE: Table = Table {
    name: "clips",
    about: "Clips. Without an author: others spoke of it before it was worked in itself.",
    key: &[uuid("clip", "the clip")],
    columns: &[
        uuid("author", "who made it"),
        text("title", "its title; empty once deleted"),
        text("description", "what it is about; empty once deleted"),
        text("state", "staged, published or failed"),
        text("failure", "why it failed"),
        text("visibility", "public, unlisted or private"),
        text("media_key", "where its video lies; empty once deleted"),
        int("duration_s", "how long it is, in seconds"),
        text("renditions", "a JSON array of the forms that it can be played in"),
        time("created_at", "when it was staged, as its author says"),
        time("recorded_at", "when that was recorded"),
        time("published_at", "when it was published"),
        time("edited_at", "when title or description were last changed"),
        flag("deleted", "whether it was deleted"),
        counter("likes", "likes now"),
        counter("comments", "comments now, answers included"),
        counter("views", "views"),
        counter("unique_views", "viewers"),
        counter("shares", "shares"),
    ],
    indexes: &[
        Index { name: "clips_of_author", on: "author, published_at DESC, clip DESC", only: SHOWN },
        Index { name: "clips_most_viewed", on: "views DESC, clip DESC", only: SHOWN },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Clip(event) => own(event, at, changes),
        Social::Like(like::Event::Liked { target: target @ Target::Clip(_), .. }) => {
            counted(*target, changes).add("likes", 1);
        }
        Social::Like(like::Event::Unliked { target: target @ Target::Clip(_), .. }) => {
            counted(*target, changes).add("likes", -1);
        }
        Social::Comment(comment::Event::CommentAdded { target: target @ Target::Clip(_), .. }) => {
            counted(*target, changes).add("comments", 1);
        }
        Social::Comment(comment::Event::CommentRemoved { target: target @ Target::Clip(_), .. }) => {
            counted(*target, changes).add("comments", -1);
        }
        Social::View(view::Event::ClipViewed { clip, first, .. }) => {
            let row = changes.row(TABLE.name, [(*clip).into()]).add("views", 1);
            if *first {
                row.add("unique_views", 1);
            }
        }
        Social::View(view::Event::ClipShared { clip, .. }) => {
            changes.row(TABLE.name, [(*clip).into()]).add("shares", 1);
        }
        _ => {}
    }
}

fn own(event: &clip::Event, at: At, changes: &mut Changes) {
    match event {
        clip::Event::ClipStaged { clip, author, title, description } => {
            changes
                .row(TABLE.name, [(*clip).into()])
                .set("author", *author)
                .set("title", title.as_str())
                .set("description", description.as_str())
                .set("state", "staged")
                .set("visibility", "public")
                .set("created_at", at.happened)
                .set("recorded_at", at.recorded);
        }
        clip::Event::ClipPublished { clip, media_key, duration_s, renditions, .. } => {
            changes
                .row(TABLE.name, [(*clip).into()])
                .set("state", "published")
                .set("media_key", media_key.as_str())
                .set("duration_s", *duration_s)
                .set("renditions", serde_json::Value::from(renditions.as_slice()).to_string())
                .set("published_at", at.happened);
        }
        clip::Event::ClipFailed { clip, reason, .. } => {
            let row = changes.row(TABLE.name, [(*clip).into()]);
            row.set("state", "failed").set("failure", reason.as_str());
        }
        clip::Event::ClipEdited { clip, title, description } => {
            changes
                .row(TABLE.name, [(*clip).into()])
                .set("title", title.as_str())
                .set("description", description.as_str())
                .set("edited_at", at.happened);
        }
        clip::Event::ClipVisibilityChanged { clip, visibility, .. } => {
            let name = match visibility {
                clip::Visibility::Public => "public",
                clip::Visibility::Unlisted => "unlisted",
                clip::Visibility::Private => "private",
            };
            changes.row(TABLE.name, [(*clip).into()]).set("visibility", name);
        }
        clip::Event::ClipDeleted { clip, .. } => {
            changes
                .row(TABLE.name, [(*clip).into()])
                .set("deleted", true)
                .set("title", "")
                .set("description", "")
                .set("media_key", "");
        }
    }
}
