//! What each user has and did, counted.

use tidings_domain::{UserId, clip, comment, follow, like, post};

use crate::{Changes, Table};

use super::column::{counter, uuid};
use super::event::{At, Social};

pub(super) const TABLE: Table = Table {
    name: "profiles",
    about: "Counts of each user. Deleted things do not count; hidden ones do.",
    key: &[uuid("user_id", "the user")],
    columns: &[
        counter("posts", "posts now"),
        counter("clips", "published clips now"),
        counter("comments", "comments now"),
        counter("followers", "followers now"),
        counter("following", "users followed now"),
        counter("likes_given", "likes given now"),
    ],
    indexes: &[],
};

pub(super) fn project(event: &Social, _: At, changes: &mut Changes) {
    let mut count = |user: UserId, what, amount| {
        changes.row(TABLE.name, [user.into()]).add(what, amount);
    };
    match event {
        Social::Post(post::Event::PostCreated { author, .. }) => count(*author, "posts", 1),
        Social::Post(post::Event::PostDeleted { author, .. }) => count(*author, "posts", -1),
        Social::Clip(clip::Event::ClipPublished { author, .. }) => count(*author, "clips", 1),
        Social::Clip(clip::Event::ClipDeleted { author, published: true, .. }) => count(*author, "clips", -1),
        Social::Comment(comment::Event::CommentAdded { author, .. }) => count(*author, "comments", 1),
        Social::Comment(comment::Event::CommentRemoved { author, .. }) => count(*author, "comments", -1),
        Social::Like(like::Event::Liked { user, .. }) => count(*user, "likes_given", 1),
        Social::Like(like::Event::Unliked { user, .. }) => count(*user, "likes_given", -1),
        Social::Follow(follow::Event::Followed { follower, followee }) => {
            count(*follower, "following", 1);
            count(*followee, "followers", 1);
        }
        Social::Follow(follow::Event::Unfollowed { follower, followee }) => {
            count(*follower, "following", -1);
            count(*followee, "followers", -1);
        }
        _ => {}
    }
}
