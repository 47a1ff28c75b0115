//! Views of clips by day, for the top clips of a period.

use tidings_domain::view;

use crate::{Changes, Table};

use super::column::{counter, text, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "clip_days",
    about: "Views of each clip on each day.",
    key: &[text("day", "the day in UTC, such as 2026-11-21"), uuid("clip", "the clip")],
    columns: &[counter("views", "views that began on this day")],
    indexes: &[],
};

pub(super) fn project(event: &Social, _: At, changes: &mut Changes) {
    if let Social::View(view::Event::ClipViewed { clip, started_at, .. }) = event {
        changes.row(TABLE.name, [started_at.day().into(), (*clip).into()]).add("views", 1);
    }
}
