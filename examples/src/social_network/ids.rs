//! Names: the same row gets the same UUID in every run.

use tidings_domain::{ClipId, CommentId, PostId, UserId};
use uuid::Uuid;

/// The namespace of all ids made here.
const NAMESPACE: Uuid = Uuid::from_u128(0x7e0f_3f5a_52b1_4c0e_9d63_1b8a_f2c4_6e71);

fn name(text: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, text.as_bytes())
}

/// The user of a person.
pub fn user(person: u64) -> UserId {
    UserId(name(&format!("person {person}")))
}

/// The post of a text post.
pub fn post(number: u64) -> PostId {
    PostId(name(&format!("post {number}")))
}

/// The clip of an image post.
pub fn clip(number: u64) -> ClipId {
    ClipId(name(&format!("clip {number}")))
}

/// The comment of a comment.
pub fn comment(number: u64) -> CommentId {
    CommentId(name(&format!("comment {number}")))
}

/// The id of a command: its name and what tells it from others of that name.
pub fn command(command: &str, about: &str) -> Uuid {
    name(&format!("{command} {about}"))
}

/// What the two follows of a friendship share.
pub fn friendship(one: u64, other: u64) -> Uuid {
    name(&format!("friendship {} {}", one.min(other), one.max(other)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_in_every_run_and_version() {
        assert_eq!(user(933).to_string(), "5ad93ce0-37d0-5d3e-bce4-8d1b73e749a5");
    }

    #[test]
    fn kinds_do_not_share_names() {
        let names = [user(1).0, post(1).0, clip(1).0, comment(1).0, command("Like", "1")];
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
