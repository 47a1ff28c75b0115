//! The event that is measured with: a new post of one size.

use tidings_domain::{Encoded, Event, PostId, UserId, post};
use tidings_eventstore::Append;
use tidings_world::Handle;

/// The number of partitions of a fresh log, as the hosts make it.
pub(crate) const PARTITIONS: u16 = 8;

/// Bytes of an event's data, here and everywhere else.
pub(crate) const BYTES: usize = 400;

/// The append that a new post makes.
pub(crate) fn opening(world: &Handle) -> Append {
    let command = world.id();
    let event = created(PostId(command), UserId(command));
    Append {
        stream: post::stream(PostId(command)),
        expected: 0,
        events: vec![event],
        command,
        correlation: command,
        causation: None,
        actor: command,
        occurred_at: None,
    }
}

/// A new post whose data have about [`BYTES`] bytes.
pub(crate) fn created(post: PostId, author: UserId) -> Encoded {
    post::Event::PostCreated { post, author, text: text() }.encode()
}

/// A text that makes a new post's event data [`BYTES`] long: two ids and the names of the fields take the rest.
pub(crate) fn text() -> String {
    "tidings ".repeat(BYTES / 8).chars().take(BYTES - 110).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tidings_world::System;

    use super::*;

    #[test]
    fn a_new_post_has_about_400_bytes_of_data() {
        let world: Handle = Arc::new(System::new());
        let size = created(PostId(world.id()), UserId(world.id())).data.len();
        assert!((390..=410).contains(&size), "{size}");
    }
}
