//! What the clients gave, and what they were told.

use std::collections::BTreeMap;

use tokio::time::Instant;
use uuid::Uuid;

use crate::reply::Reply;
use crate::truth::Moment;
use crate::wish::Given;

/// Every command of a run.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) commands: BTreeMap<Uuid, Entry>,
}

/// One command with all its sendings.
pub(crate) struct Entry {
    pub(crate) given: Given,
    pub(crate) sendings: Vec<Sending>,
}

/// A command on its way once.
#[derive(Clone)]
pub(crate) struct Sending {
    /// The log's moment, and the time, when it was sent.
    pub(crate) moment: Moment,
    pub(crate) sent: Instant,
    /// None while it is on its way, and for ever where its client was cut off.
    pub(crate) reply: Option<Reply>,
}

impl Ledger {
    pub(crate) fn give(&mut self, id: Uuid, given: Given) {
        self.commands.insert(id, Entry { given, sendings: Vec::new() });
    }

    /// A sending begins; its place among those of its command.
    pub(crate) fn send(&mut self, id: Uuid, moment: Moment) -> usize {
        let Some(entry) = self.commands.get_mut(&id) else { return 0 };
        entry.sendings.push(Sending { moment, sent: Instant::now(), reply: None });
        entry.sendings.len() - 1
    }

    /// A sending ends.
    pub(crate) fn answer(&mut self, id: Uuid, place: usize, reply: Reply) {
        let Some(entry) = self.commands.get_mut(&id) else { return };
        if let Some(sending) = entry.sendings.get_mut(place) {
            sending.reply = Some(reply);
        }
    }
}
