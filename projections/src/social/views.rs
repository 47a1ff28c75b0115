//! Who watched and shared which clip.

use tidings_domain::view;

use crate::{Changes, Index, Table};

use super::column::{counter, time, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "views",
    about: "Viewers' views and shares of clips.",
    key: &[uuid("user_id", "who watched or shared it"), uuid("clip", "the clip")],
    columns: &[
        time("last_viewed_at", "when the last view ended"),
        counter("views", "how often it was watched"),
        counter("shares", "how often it was shared"),
    ],
    indexes: &[Index { name: "views_of_clip", on: "clip, user_id", only: "" }],
};

pub(super) fn project(event: &Social, _: At, changes: &mut Changes) {
    match event {
        Social::View(view::Event::ClipViewed { viewer, clip, ended_at, .. }) => {
            let row = changes.row(TABLE.name, [(*viewer).into(), (*clip).into()]);
            row.set("last_viewed_at", *ended_at).add("views", 1);
        }
        Social::View(view::Event::ClipShared { user, clip }) => {
            changes.row(TABLE.name, [(*user).into(), (*clip).into()]).add("shares", 1);
        }
        _ => {}
    }
}
