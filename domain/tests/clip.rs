mod change;
mod delete;
mod fail;
mod publish;
mod stage;

use tidings_domain::clip::Event;
use tidings_domain::testing::sample::{self, clip, user};

const AUTHOR: u32 = 1;
const OTHER: u32 = 2;
const MODERATOR: u32 = 9;

fn staged() -> Event {
    sample::clip_staged(1, user(AUTHOR))
}

fn published() -> Event {
    sample::clip_published(1, user(AUTHOR))
}

fn failed() -> Event {
    Event::ClipFailed { clip: clip(1), author: user(AUTHOR), reason: "no video track".into() }
}

fn deleted(by: u32, published: bool) -> Event {
    Event::ClipDeleted { clip: clip(1), author: user(AUTHOR), by: user(by), published }
}
