mod add;
mod edit;
mod remove;

use tidings_domain::comment::Event;
use tidings_domain::testing::sample::{comment, comment_added, post, user};
use tidings_domain::{Subject, Target};

const AUTHOR: u32 = 1;
const POST_AUTHOR: u32 = 2;
const OTHER: u32 = 3;
const MODERATOR: u32 = 9;

/// Comment 1, on post 1.
fn added() -> Event {
    comment_added(1, user(AUTHOR), post(1))
}

fn removed_by(by: u32) -> Event {
    Event::CommentRemoved {
        comment: comment(1),
        author: user(AUTHOR),
        target: post(1).into(),
        parent: None,
        by: user(by),
    }
}

/// Post 1, to all who may know.
fn the_post() -> Subject {
    Subject::by(user(POST_AUTHOR))
}

/// A living comment on a target.
fn on(target: impl Into<Target>) -> Subject {
    Subject { target: Some(target.into()), ..Subject::by(user(OTHER)) }
}
