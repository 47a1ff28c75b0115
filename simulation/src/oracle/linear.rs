//! Each stream is linearizable: there is one order of its commands, that of the log, which gives every client what it was
//! told, and in which nothing comes before what had ended when it began.
//!
//! Nothing but what clients saw goes into it: when each command was sent and answered, and what the log holds in the end.
//! A commit may have happened at any time since its command was first sent, and had happened when somebody was told so; a
//! command without an answer may have happened, or not. What changes nothing (a refusal, nothing to do, a conflict, a
//! question) saw the stream after so many commits: after all that had ended before it began, before all that began after it
//! had ended, and after no fewer than what had ended before it began saw. The log gives the order, so no other need be
//! tried; and for each, in the order in which they began, the first place that fits leaves most room for the others.

use std::collections::BTreeMap;

use tidings_domain::StreamId;
use uuid::Uuid;

use super::answered::{fits_at, versions};
use super::decision::Span;
use crate::asked::{Asked, Command, Sending};
use crate::hold;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::{Moment, Truth};
use crate::wish::Given;

/// When something was asked for, and when it was answered, on the clients' clock.
#[derive(Clone, Copy)]
struct During {
    begun: u64,
    ended: u64,
}

/// Something that saw a stream, and changed nothing.
struct Read<'a> {
    during: During,
    saw: Saw<'a>,
    what: String,
}

enum Saw<'a> {
    /// A state on which this is the answer to this.
    Decision { given: &'a Given, reply: &'a Reply, facts: (Moment, Moment) },
    /// This version.
    Version(u64),
    /// A command's commit, or that there was none.
    Commit { command: Uuid, there: bool },
}

/// At the end: looks for an order of each stream.
pub(crate) fn linear(stage: &Stage) {
    let (truth, asked) = (hold(&stage.truth), hold(&stage.asked));
    for (stream, reads) in reads(&asked) {
        stage.count_check("streams put in order");
        if let Err(why) = order(&truth, &asked, &stream, reads) {
            stage.wrong(format!("{stream} has no order that fits what was seen of it: {why}"));
        }
    }
}

/// What saw each stream.
fn reads(asked: &Asked) -> BTreeMap<StreamId, Vec<Read<'_>>> {
    let mut all: BTreeMap<StreamId, Vec<Read<'_>>> = BTreeMap::new();
    for (id, command) in &asked.commands {
        for (sending, reply) in command.replies() {
            let Some(given) = command.contents.get(sending.content) else { continue };
            let reads = all.entry(given.wish.stream()).or_default();
            if let Some((during, saw)) = seen(command, sending, given, reply) {
                reads.push(Read { during, saw, what: format!("{id} {}: {reply}", given.wish) });
            }
        }
    }
    for look in &asked.looks {
        let Some(command) = asked.commands.get(&look.command) else { continue };
        // Where several contents bear its id, its stream is that of whichever counted: it is left out.
        let [given] = &command.contents[..] else { continue };
        let (during, there) = (During { begun: look.begun, ended: look.ended }, look.at.is_some());
        let what = format!("{} asked about: {:?}", look.command, look.at);
        let saw = Saw::Commit { command: look.command, there };
        all.entry(given.wish.stream()).or_default().push(Read { during, saw, what });
    }
    all
}

fn seen<'a>(
    command: &Command,
    sending: &Sending,
    given: &'a Given,
    reply: &'a Reply,
) -> Option<(During, Saw<'a>)> {
    let during = During { begun: sending.begun, ended: sending.ended };
    let of_first = || command.sendings.iter().find(|first| first.content == sending.content);
    match reply {
        Reply::Unchanged { replayed, .. } | Reply::Rejected { replayed, .. } => {
            // What is told again was seen at some time since it was first asked for.
            let first = if *replayed { of_first()? } else { sending };
            let facts = (first.moment, sending.known);
            Some((During { begun: first.begun, ..during }, Saw::Decision { given, reply, facts }))
        }
        Reply::Conflict { actual, .. } => Some((during, Saw::Version(*actual))),
        _ => None,
    }
}

fn order(truth: &Truth, asked: &Asked, stream: &StreamId, mut reads: Vec<Read<'_>>) -> Result<(), String> {
    let commits: Vec<Uuid> = truth.stream(stream).map(|commit| commit.command).collect();
    let happened: Vec<During> = commits.iter().map(|id| when(asked, *id, stream)).collect();
    let mut latest = 0;
    for (place, commit) in happened.iter().enumerate() {
        latest = latest.max(commit.begun);
        if commit.ended < latest {
            return Err(format!("commit {} had ended before one before it began", place + 1));
        }
    }
    let versions = versions(truth, stream);
    reads.sort_by_key(|read| read.during.begun);
    // Where those that were placed stand.
    let mut placed: Vec<(u64, usize)> = Vec::new();
    for Read { during, saw, what } in &reads {
        let after =
            happened.iter().rposition(|commit| commit.ended < during.begun).map_or(0, |last| last + 1);
        let seen = placed.iter().filter(|(ended, _)| *ended < during.begun).map(|(_, place)| *place).max();
        let first = after.max(seen.unwrap_or(0));
        let last = happened.iter().position(|commit| commit.begun > during.ended).unwrap_or(commits.len());
        let place = match saw {
            _ if first > last => None,
            Saw::Decision { given, reply, facts } => {
                fits_at(truth, given, Span { states: first..=last, facts: *facts }, reply)
            }
            Saw::Version(version) => (first..=last).find(|place| versions[*place] == *version),
            Saw::Commit { command, there } => {
                let commit = commits.iter().position(|commit| commit == command);
                let has = |place: &usize| commit.is_some_and(|commit| commit < *place);
                (first..=last).find(|place| has(place) == *there)
            }
        };
        let none = || format!("{what}, which would have to be between commits {first} and {last}");
        placed.push((during.ended, place.ok_or_else(none)?));
    }
    Ok(())
}

/// Between when a command that made a commit was first sent, and when somebody was told that it was done.
fn when(asked: &Asked, command: Uuid, stream: &StreamId) -> During {
    let none = During { begun: 0, ended: u64::MAX };
    let Some(command) = asked.commands.get(&command) else { return none };
    let its =
        |content: usize| command.contents.get(content).is_some_and(|given| given.wish.stream() == *stream);
    let sendings = command.sendings.iter().filter(|sending| its(sending.content));
    let told = command.replies().filter(|(_, reply)| matches!(reply, Reply::Done { .. }));
    During {
        begun: sendings.map(|sending| sending.begun).min().unwrap_or(0),
        ended: told.map(|(sending, _)| sending.ended).min().unwrap_or(u64::MAX),
    }
}
