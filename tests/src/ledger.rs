//! What a client was told: the commands that were acknowledged, and where they stand.

use std::collections::BTreeMap;

use serde_json::Value;
use tidings_domain::Position;
use uuid::Uuid;

/// Acknowledged commands.
#[derive(Clone, Debug, Default)]
pub struct Ledger(BTreeMap<Uuid, Acknowledged>);

/// Where a command stands, as its reply says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) at: Position,
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

    /// The position of the last commit of each partition.
    pub fn positions(&self) -> Vec<Position> {
        let mut last = BTreeMap::new();
        for Acknowledged { at, .. } in self.0.values() {
            let number = last.entry(at.partition).or_insert(0);
            *number = at.number.max(*number);
        }
        last.into_iter().map(|(partition, number)| Position::new(partition, number)).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Uuid, &Acknowledged)> {
        self.0.iter()
    }
}
