//! Follows: a row for each follow that stands.

use tidings_domain::follow;

use crate::{Changes, Index, Table};

use super::column::{time, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "follows",
    about: "Follows that stand; one ended has no row.",
    key: &[uuid("follower", "who follows"), uuid("followee", "who is followed")],
    columns: &[
        time("followed_at", "since when, as the follower says"),
        time("recorded_at", "when that was recorded"),
    ],
    indexes: &[
        Index { name: "follows_of_followee", on: "followee, followed_at DESC, follower DESC", only: "" },
        Index { name: "follows_of_follower", on: "follower, followed_at DESC, followee DESC", only: "" },
    ],
};

pub(super) fn project(event: &Social, at: At, changes: &mut Changes) {
    match event {
        Social::Follow(follow::Event::Followed { follower, followee }) => {
            let row = changes.row(TABLE.name, [(*follower).into(), (*followee).into()]);
            row.set("followed_at", at.happened).set("recorded_at", at.recorded);
        }
        Social::Follow(follow::Event::Unfollowed { follower, followee }) => {
            changes.row(TABLE.name, [(*follower).into(), (*followee).into()]).delete();
        }
        _ => {}
    }
}
