//! The hash chain that makes a changed, lost or inserted commit visible.

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use tidings_domain::Timestamp;

use crate::Commit;

/// A BLAKE3 hash. All zero before the first commit of a partition.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no hash of 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no hash of 64 hexadecimal digits")]
pub struct HashError(String);

impl FromStr for Hash {
    type Err = HashError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = |_| HashError(text.chars().take(80).collect());
        blake3::Hash::from_hex(text).map(|h| Self(*h.as_bytes())).map_err(fail)
    }
}

impl Commit {
    /// The hash that this commit must bear after one with hash `previous`: BLAKE3 over `previous` and every
    /// field but `hash`, each in a fixed order and with its length. A storage format.
    pub fn hash_after(&self, previous: Hash) -> Hash {
        self.hash_with(previous, &mut Vec::with_capacity(1_024))
    }

    /// As [`hash_after`](Self::hash_after), in room that is used again.
    pub(crate) fn hash_with(&self, previous: Hash, scratch: &mut Vec<u8>) -> Hash {
        scratch.clear();
        let mut fields = Fields(scratch);
        fields.bytes(&previous.0);
        fields.number(u64::from(self.position.partition));
        fields.number(self.position.number);
        fields.text(self.stream.as_str());
        fields.number(self.first_version);
        fields.bytes(self.id.as_bytes());
        fields.bytes(self.command.as_bytes());
        fields.bytes(self.correlation.as_bytes());
        fields.bytes(self.causation.as_ref().map_or(&[], |id| id.as_bytes()));
        fields.bytes(self.actor.as_bytes());
        fields.time(self.occurred_at);
        fields.time(Some(self.recorded_at));
        fields.number(self.events.len() as u64);
        for event in &self.events {
            fields.text(&event.name);
            fields.number(u64::from(event.schema));
            fields.text(&event.data);
        }
        Hash(*blake3::hash(scratch).as_bytes())
    }
}

/// Fields one after another, none of which can be read as part of its neighbour.
struct Fields<'a>(&'a mut Vec<u8>);

impl Fields<'_> {
    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Milliseconds in decimal; no digit where there is no time.
    fn time(&mut self, time: Option<Timestamp>) {
        let mut digits = [0; 20];
        let mut rest = &mut digits[..];
        // Twenty bytes hold every i64.
        let written = time.map_or(Ok(()), |time| write!(rest, "{}", time.millis()));
        let length = 20 - rest.len();
        debug_assert!(written.is_ok());
        self.bytes(&digits[..length]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_domain::{Encoded, Position};
    use uuid::Uuid;

    #[test]
    fn the_hash_of_a_commit_never_changes() {
        let commit = Commit {
            position: Position::new(3, 42),
            stream: "post-1".parse().unwrap(),
            first_version: 7,
            events: vec![Encoded { name: "PostEdited".into(), schema: 1, data: "{}".into() }],
            id: Uuid::from_u128(1),
            command: Uuid::from_u128(2),
            correlation: Uuid::from_u128(3),
            causation: None,
            actor: Uuid::from_u128(4),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(-1_767_225_600_000),
            hash: Hash::default(),
        };
        let hash = commit.hash_after(Hash([7; 32]));
        assert_eq!(hash.to_string(), "dc4fc1bd7b9cb58f12a8797ddf2f1a59e54fa4c88fa2484432ba585e65903465");
        let later = Commit { occurred_at: Some(commit.recorded_at), ..commit };
        assert_ne!(later.hash_after(Hash([7; 32])), hash);
    }
}
