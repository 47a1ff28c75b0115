//! The hash chain that makes a changed, lost or inserted commit visible.

use std::fmt;
use std::str::FromStr;

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
        let mut fields = Fields(Vec::with_capacity(512));
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
        fields.text(&self.occurred_at.map_or(String::new(), |t| t.millis().to_string()));
        fields.text(&self.recorded_at.millis().to_string());
        fields.number(self.events.len() as u64);
        for event in &self.events {
            fields.text(&event.name);
            fields.number(u64::from(event.schema));
            fields.text(&event.data);
        }
        Hash(*blake3::hash(&fields.0).as_bytes())
    }
}

/// Fields one after another, none of which can be read as part of its neighbour.
struct Fields(Vec<u8>);

impl Fields {
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
}
