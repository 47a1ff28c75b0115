//! Who watched and shared which clip.

use tidings_domain::view;

use crate::{Changes, Table};

use super::column::{counter, time, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "views",
    about: "Viewers' views and shares of clips.",
    // In this order for the same reason as likes.
    key: &[uuid("clip", "the clip"), uuid("user_id", "who watched or shared it")],
    columns: &[
        time("last_viewed_at", "when the last view ended"),
        counter("views", "how often it was watched"),
        counter("shares", "how often it was shared"),
    ],
    indexes: &[],
};

pub(super) fn project(event: &Social, _: At, changes: &mut Changes) {
    match event {
        Social::View(view::Event::ClipViewed { viewer, clip, ended_at, .. }) => {
            let row = changes.row(TABLE.name, [(*clip).into(), (*viewer).into()]);
            row.set("last_viewed_at", *ended_at).add("views", 1);
        }
        Social::View(view::Event::ClipShared { user, clip }) => {
            changes.row(TABLE.name, [(*clip).into(), (*user).into()]).add("shares", 1);
        }
        _ => {}
    }
}
