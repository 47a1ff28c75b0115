//! What the clients asked for, and what they were told.

use std::collections::BTreeMap;

use tidings_domain::Position;
use tokio::time::Instant;
use uuid::Uuid;

use crate::reply::Reply;
use crate::truth::Moment;
use crate::wish::Given;

/// Everything that was asked in a run.
#[derive(Default)]
pub(crate) struct Asked {
    pub(crate) commands: BTreeMap<Uuid, Command>,
    /// What was asked about commands.
    pub(crate) looks: Vec<Look>,
    /// Counts beginnings and ends, in the order in which clients saw them.
    clock: u64,
}

/// One command with all its sendings.
pub(crate) struct Command {
    /// What was given under its id: one content, unless a client gave it another one.
    pub(crate) contents: Vec<Given>,
    pub(crate) sendings: Vec<Sending>,
}

/// A command on its way once.
#[derive(Clone)]
pub(crate) struct Sending {
    /// Which of the contents.
    pub(crate) content: usize,
    /// The log's moment, and the time, when it was sent.
    pub(crate) moment: Moment,
    pub(crate) sent: Instant,
    /// When it was sent and answered, on the clients' clock.
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    /// The log's moment when it was answered.
    pub(crate) known: Moment,
    /// None while it is on its way, and for ever where its client was cut off.
    pub(crate) reply: Option<Reply>,
}

/// What a client saw of a command that it asked about.
pub(crate) struct Look {
    pub(crate) command: Uuid,
    pub(crate) begun: u64,
    pub(crate) ended: u64,
    /// Where its commit was said to be.
    pub(crate) at: Option<Position>,
}

impl Asked {
    /// A command is given; a content that is given under an id for the second time is another one.
    pub(crate) fn give(&mut self, id: Uuid, given: Given) {
        let new = || Command { contents: Vec::new(), sendings: Vec::new() };
        self.commands.entry(id).or_insert_with(new).contents.push(given);
    }

    /// One more beginning or end.
    pub(crate) fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// A sending begins; its place among those of its command.
    pub(crate) fn send(&mut self, id: Uuid, content: usize, moment: Moment) -> usize {
        let begun = self.tick();
        let Some(command) = self.commands.get_mut(&id) else { return 0 };
        let sending = Sending {
            content,
            moment,
            sent: Instant::now(),
            begun,
            ended: u64::MAX,
            known: moment,
            reply: None,
        };
        command.sendings.push(sending);
        command.sendings.len() - 1
    }

    /// A sending ends.
    pub(crate) fn answer(&mut self, id: Uuid, place: usize, known: Moment, reply: Reply) {
        let ended = self.tick();
        let Some(command) = self.commands.get_mut(&id) else { return };
        if let Some(sending) = command.sendings.get_mut(place) {
            (sending.ended, sending.known, sending.reply) = (ended, known, Some(reply));
        }
    }
}

impl Command {
    /// Whether a client was told that it will be carried out.
    pub(crate) fn is_promised(&self) -> bool {
        self.replies().any(|(_, reply)| reply.is_promise())
    }

    /// Every reply, with its sending.
    pub(crate) fn replies(&self) -> impl Iterator<Item = (&Sending, &Reply)> {
        self.sendings.iter().filter_map(|sending| Some((sending, sending.reply.as_ref()?)))
    }
}
