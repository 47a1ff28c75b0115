//! What is found on the way through a log, beside the proof.

use std::collections::BTreeMap;

use tidings_domain::DecodeError;
use tidings_eventstore::Commit;
use uuid::Uuid;

use super::{SharedCommands, Unreadable};
use crate::kinds;

/// The most findings that are told apart; events of more names are counted as of the name `…`.
const MOST_FINDINGS: usize = 200;

/// How many examples of shared commands are kept.
const EXAMPLES: usize = 10;

/// What is found of some commits.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) unreadable: BTreeMap<(String, u16, u8), Unreadable>,
    pub(super) foreign: BTreeMap<String, u64>,
    /// Of every commit: each is there once in its partition.
    pub(super) commands: Vec<Uuid>,
}

impl Findings {
    pub(super) fn take(&mut self, commit: &Commit) {
        self.commands.push(commit.command);
        let kind = commit.stream.kind();
        for event in &commit.events {
            match kinds::parses(kind, event) {
                Some(Ok(())) => {}
                Some(Err(cause)) => {
                    let (name, schema) = (event.name.to_string(), event.schema);
                    self.add(Unreadable { name, schema, cause, events: 1, first: commit.position });
                }
                None => *self.foreign.entry(kind.to_owned()).or_default() += 1,
            }
        }
    }

    fn add(&mut self, mut found: Unreadable) {
        let of_cause = match found.cause {
            DecodeError::Unknown { .. } => 0,
            DecodeError::Newer { .. } => 1,
            DecodeError::NoUpcast { .. } => 2,
            DecodeError::Malformed { .. } => 3,
        };
        let mut key = (found.name.clone(), found.schema, of_cause);
        if self.unreadable.len() >= MOST_FINDINGS && !self.unreadable.contains_key(&key) {
            (found.name, found.schema) = ("…".into(), 0);
            key = (found.name.clone(), 0, 0);
        }
        match self.unreadable.get_mut(&key) {
            Some(known) if found.first < known.first => {
                found.events += known.events;
                *known = found;
            }
            Some(known) => known.events += found.events,
            None => drop(self.unreadable.insert(key, found)),
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        other.unreadable.into_values().for_each(|found| self.add(found));
        for (kind, events) in other.foreign {
            *self.foreign.entry(kind).or_default() += events;
        }
        self.commands.extend(other.commands);
    }
}

/// The commands that are there more than once.
pub(super) fn shared(mut commands: Vec<Uuid>) -> SharedCommands {
    commands.sort_unstable();
    let mut shared = SharedCommands::default();
    for same in commands.chunk_by(|one, next| one == next).filter(|same| same.len() > 1) {
        shared.count += 1;
        if shared.examples.len() < EXAMPLES {
            shared.examples.push(same[0]);
        }
    }
    shared
}
