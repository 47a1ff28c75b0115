//! The hash chain that makes a changed, lost or inserted commit visible.

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::sync::Arc;

use tidings_domain::{Encoded, Position, Recorded, Timestamp};

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
        self.hash_over(previous, scratch, self.events.iter())
    }

    /// The hash with these events in the place of its own.
    fn hash_over<'a>(
        &self,
        previous: Hash,
        scratch: &mut Vec<u8>,
        events: impl ExactSizeIterator<Item = &'a Encoded>,
    ) -> Hash {
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
        fields.number(events.len() as u64);
        for event in events {
            fields.text(&event.name);
            fields.number(u64::from(event.schema));
            fields.text(&event.data);
        }
        Hash(*blake3::hash(scratch).as_bytes())
    }
}

/// The hash that the last of these commits bears after a commit with hash `previous`, made from their events as they
/// were recorded; none where they are not whole commits of one partition, one after another.
///
/// Compared with the hash that the log has there, it proves all of them: each event, and that none is missing.
pub fn hash_of(previous: Hash, events: &[Arc<Recorded>]) -> Option<Hash> {
    let mut scratch = Vec::with_capacity(1_024);
    let mut last: Option<(Position, Hash)> = None;
    for events in events.chunk_by(|one, next| one.position == next.position) {
        let first = &events[0];
        let follows =
            last.is_none_or(|(last, _)| first.position == Position::new(last.partition, last.number + 1));
        let whole = events.len() == first.count as usize
            && (0u32..).zip(events).all(|(index, event)| belongs(first, index, event));
        if !follows || !whole {
            return None;
        }
        let commit = Commit {
            position: first.position,
            stream: first.stream.clone(),
            first_version: first.version,
            events: Vec::new(),
            id: first.commit,
            command: first.command,
            correlation: first.correlation,
            causation: first.causation,
            actor: first.actor,
            occurred_at: first.occurred_at,
            recorded_at: first.recorded_at,
            hash: Hash::default(),
        };
        let previous = last.map_or(previous, |(_, hash)| hash);
        let hash = commit.hash_over(previous, &mut scratch, events.iter().map(|recorded| &recorded.event));
        last = Some((first.position, hash));
    }
    last.map(|(_, hash)| hash)
}

/// Whether an event is the `index`-th of the commit that `first` begins.
fn belongs(first: &Recorded, index: u32, event: &Recorded) -> bool {
    let should_be = Recorded {
        index,
        version: first.version.wrapping_add(u64::from(index)),
        event: Encoded { name: "".into(), schema: 0, data: String::new() },
        stream: first.stream.clone(),
        ..*first
    };
    let is = Recorded { event: should_be.event.clone(), stream: event.stream.clone(), ..*event };
    is == should_be
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
    use uuid::Uuid;

    fn commit(number: u64, events: usize) -> Commit {
        let event = Encoded { name: "PostEdited".into(), schema: 1, data: r#"{"text":"hello"}"#.into() };
        Commit {
            position: Position::new(3, number),
            stream: "post-1".parse().unwrap(),
            first_version: 7 * number,
            events: vec![event; events],
            id: Uuid::from_u128(1),
            command: Uuid::from_u128(2),
            correlation: Uuid::from_u128(3),
            causation: Some(Uuid::from_u128(4)),
            actor: Uuid::from_u128(5),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(1_767_225_600_000),
            hash: Hash::default(),
        }
    }

    fn recorded(commits: &[Commit]) -> Vec<Arc<Recorded>> {
        commits.iter().flat_map(Commit::recorded).map(Arc::new).collect()
    }

    #[test]
    fn the_hash_of_commits_is_made_again_from_their_events() {
        let commits = [commit(1, 1), commit(2, 3), commit(3, 2)];
        let chained = commits.iter().fold(Hash([7; 32]), |hash, commit| commit.hash_after(hash));
        assert_eq!(hash_of(Hash([7; 32]), &recorded(&commits)), Some(chained));
        assert_ne!(hash_of(Hash([8; 32]), &recorded(&commits)), Some(chained));
    }

    #[test]
    fn whatever_is_changed_of_an_event_the_hash_is_another_or_none() {
        let commits = [commit(1, 2), commit(2, 1)];
        let events = recorded(&commits);
        let hash = hash_of(Hash::default(), &events);
        let changes: [fn(&mut Recorded); 14] = [
            |r| r.position.partition += 1,
            |r| r.position.number += 1,
            |r| r.index += 1,
            |r| r.count += 1,
            |r| r.stream = "post-2".parse().unwrap(),
            |r| r.version += 1,
            |r| r.event.name = "PostDeleted".into(),
            |r| r.event.schema += 1,
            |r| r.event.data.push(' '),
            |r| r.commit = Uuid::nil(),
            |r| r.command = Uuid::nil(),
            |r| r.correlation = Uuid::nil(),
            |r| r.causation = None,
            |r| (r.actor, r.recorded_at) = (Uuid::nil(), r.recorded_at.plus_millis(1)),
        ];
        for (place, change) in (0..events.len()).flat_map(|place| changes.map(|change| (place, change))) {
            let mut changed = events.clone();
            change(Arc::make_mut(&mut changed[place]));
            assert_ne!(hash_of(Hash::default(), &changed), hash, "event {place}: {:?}", changed[place]);
        }
        assert_eq!(hash_of(Hash::default(), &events[1..]), None, "a commit without its first event");
        assert_eq!(hash_of(Hash::default(), &events[..1]), None, "a commit without its last event");
    }

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
