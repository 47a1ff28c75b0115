//! A command of a process, as the line that is sent.

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_domain::process::Reaction;
use tidings_domain::{Command, Recorded, SocialCommand, UserId};
use uuid::{Builder, Uuid};

/// A command that a process gives because of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The command's id: the same whenever the same process gives the same command because of the same event.
    pub id: Uuid,
    /// The line to send.
    pub line: String,
}

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    command: &'a str,
    actor: UserId,
    data: Box<RawValue>,
    correlation: Uuid,
    causation: Uuid,
}

impl Order {
    /// The order that this reaction of `process` to `event` is.
    ///
    /// ```
    /// use tidings_domain::process::Reaction;
    /// use tidings_domain::testing::sample;
    /// use tidings_domain::{comment, post};
    /// use tidings_process_host::Order;
    ///
    /// let (post, author, comment) = (sample::post(1), sample::user(1), sample::comment(1));
    /// let deleted = sample::recorded(&post::Event::PostDeleted { post, author, by: author }, post::stream(post));
    /// let command = comment::Command::RemoveComment { comment }.into();
    /// let order = Order::of("cleanup", &deleted, Reaction { actor: author, command });
    /// assert!(order.line.contains(&order.id.to_string()) && order.line.contains("RemoveComment"));
    /// ```
    pub fn of(process: &str, event: &Recorded, reaction: Reaction<SocialCommand>) -> Self {
        let Reaction { actor, command } = reaction;
        let id = derived(process, event, actor, &command);
        // What a command writes is JSON.
        let data = RawValue::from_string(command.to_json()).unwrap_or_default();
        let (command, correlation, causation) = (command.name(), event.correlation, event.command);
        let line = Line { id, command, actor, data, correlation, causation };
        Self { id, line: serde_json::to_string(&line).unwrap_or_default() }
    }
}

/// A version 8 UUID of all that makes the command what it is. The event is told by its commit's own id, which it keeps
/// wherever its log is moved.
fn derived(process: &str, event: &Recorded, actor: UserId, command: &SocialCommand) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("tidings process command id 1");
    let (name, data) = (command.name(), command.to_json());
    for part in [
        process.as_bytes(),
        event.commit.as_bytes(),
        &event.index.to_be_bytes(),
        actor.0.as_bytes(),
        name.as_bytes(),
        data.as_bytes(),
    ] {
        hasher.update(&(part.len() as u64).to_be_bytes()).update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use tidings_domain::testing::sample::{comment, post, recorded, user};
    use tidings_domain::{comment as comments, post as posts};

    use super::*;

    fn event() -> Recorded {
        let deleted = posts::Event::PostDeleted { post: post(1), author: user(1), by: user(1) };
        recorded(&deleted, posts::stream(post(1)))
    }

    fn order(process: &str, event: &Recorded, n: u32) -> Order {
        let command = comments::Command::RemoveComment { comment: comment(n) }.into();
        Order::of(process, event, Reaction { actor: user(1), command })
    }

    #[test]
    fn an_id_is_the_same_for_the_same_command_and_another_for_any_other() {
        let (first, again) = (order("cleanup", &event(), 1), order("cleanup", &event(), 1));
        assert_eq!(first, again);
        let second_event = Recorded { index: 1, ..event() };
        let moved = Recorded { position: tidings_domain::Position::new(7, 9), ..event() };
        assert_eq!(order("cleanup", &moved, 1).id, first.id);
        let others =
            [order("other", &event(), 1), order("cleanup", &second_event, 1), order("cleanup", &event(), 2)];
        for other in others {
            assert_ne!(other.id, first.id);
        }
        // A format: ids of commands that were given stay what they are.
        assert_eq!(first.id.get_version_num(), 8);
    }

    #[test]
    fn the_line_says_what_the_command_is_because_of() {
        let line: serde_json::Value = serde_json::from_str(&order("cleanup", &event(), 1).line).unwrap();
        assert_eq!(line["causation"], event().command.to_string());
        assert_eq!(line["correlation"], event().correlation.to_string());
        assert_eq!(line["actor"], user(1).to_string());
        assert_eq!(line["data"]["comment"], comment(1).to_string());
    }
}
