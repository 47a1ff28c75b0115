mod create;
mod delete;
mod edit;
mod hide;

use tidings_domain::post::Event;
use tidings_domain::testing::sample::{post, post_created, user};

const AUTHOR: u32 = 1;
const OTHER: u32 = 2;
const MODERATOR: u32 = 9;

fn created() -> Event {
    post_created(1, user(AUTHOR))
}

fn edited(text: &str) -> Event {
    Event::PostEdited { post: post(1), text: text.into() }
}

fn deleted_by(by: u32) -> Event {
    Event::PostDeleted { post: post(1), author: user(AUTHOR), by: user(by) }
}

fn hidden() -> Event {
    Event::PostHidden { post: post(1), author: user(AUTHOR), by: user(MODERATOR) }
}

fn unhidden() -> Event {
    Event::PostUnhidden { post: post(1), author: user(AUTHOR), by: user(MODERATOR) }
}
