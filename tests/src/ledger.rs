//! What a client was told: the commands that were acknowledged, and where they stand.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tidings_domain::Position;
use tidings_eventstore::Commit;
use uuid::Uuid;

/// Acknowledged commands.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<Uuid, Acknowledged>);

/// Where a command stands, as its reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Acknowledged {
    stream: String,
    version: u64,
    at: Position,
}

impl Ledger {
    /// Notes a reply `ok`; one that changed nothing stands nowhere.
    ///
    /// # Panics
    /// When it is no such reply, or a command was acknowledged at two places.
    pub fn note(&mut self, reply: &Value) {
        assert_eq!(reply["ok"], true, "{reply}");
        if reply["unchanged"] == true {
            return;
        }
        let text = |field: &str| reply[field].as_str().unwrap_or_else(|| panic!("{field} in {reply}"));
        let acknowledged = Acknowledged {
            stream: text("stream").into(),
            version: reply["version"].as_u64().unwrap(),
            at: text("at").parse().unwrap(),
        };
        if let Some(before) = self.0.insert(text("id").parse().unwrap(), acknowledged.clone()) {
            assert_eq!(before, acknowledged, "a command is acknowledged at one place");
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The ids.
    pub fn commands(&self) -> impl Iterator<Item = Uuid> {
        self.0.keys().copied()
    }

    /// The position of the last commit of each partition.
    pub fn positions(&self) -> Vec<Position> {
        let mut last = BTreeMap::new();
        for Acknowledged { at, .. } in self.0.values() {
            let number = last.entry(at.partition).or_insert(0);
            *number = at.number.max(*number);
        }
        last.into_iter().map(|(partition, number)| Position::new(partition, number)).collect()
    }

    /// Each is in the log, where its reply says.
    ///
    /// # Panics
    /// When one is not.
    pub fn assert_in(&self, log: &BTreeMap<Uuid, Arc<Commit>>) {
        for (command, Acknowledged { stream, version, at }) in &self.0 {
            let commit = log.get(command);
            let commit = commit.unwrap_or_else(|| panic!("command {command}, acknowledged at {at}, is lost"));
            let found = (commit.stream.as_str(), commit.last_version(), commit.position);
            assert_eq!(found, (stream.as_str(), *version, *at), "command {command} is where its reply says");
        }
    }
}
