//! What a command came to: never written before it was so, and once.

use tidings_ledger::{Entry, Finish, State};
use uuid::Uuid;

use super::Record;
use crate::asked::{Asked, Command};
use crate::hold;
use crate::oracle::answered::fits;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::Truth;

/// The outcome of an entry.
pub(super) fn of(entry: &Entry) -> Option<Reply> {
    let outcome = entry.outcome.as_deref()?;
    Some(Reply::read_outcome(outcome, entry.state != State::Succeeded))
}

/// Whether what was written is so: an append is in the log; a refusal, or nothing to do, was right at some moment since
/// the command was taken, and so before it there was no commit of it.
pub(super) fn check(
    truth: &Truth,
    asked: &Asked,
    before: Option<&Record>,
    entry: &Entry,
    finish: &Finish,
) -> Result<(), String> {
    let Some((before, outcome)) = before.zip(of(entry)) else { return Ok(()) };
    let commit = truth.of_command(entry.id);
    if let Finish::Appended { position, .. } = finish {
        return match commit.filter(|commit| commit.position == *position) {
            Some(_) => Ok(()),
            None => Err(format!("was said to be appended at {position}, and is not there")),
        };
    }
    if let Some(commit) = commit.filter(|commit| landed_before(truth, commit.position, before.taken)) {
        return Err(format!("ended as `{outcome}`, and was in the log before, at {}", commit.position));
    }
    let right = match &outcome {
        Reply::Unchanged { .. } | Reply::Rejected { .. } => {
            asked.commands.get(&entry.id).is_some_and(|command| {
                command.contents.iter().any(|given| fits(truth, given, before.taken, &outcome))
            })
        }
        Reply::GivenUp(_) => true,
        _ => false,
    };
    if right { Ok(()) } else { Err(format!("ended as `{outcome}`, which at no moment since was so")) }
}

fn landed_before(truth: &Truth, at: tidings_domain::Position, moment: usize) -> bool {
    truth.moment(at).is_some_and(|landed| landed < moment)
}

/// Whether every promised command has come to its end, also one whose client was not told; else the first that has not.
pub(crate) fn all_ended(stage: &Stage) -> Result<(), Uuid> {
    let (asked, records) = (hold(&stage.asked), hold(&stage.records));
    let is_open = |id: &Uuid, command: &Command| match records.get(*id) {
        Some(Record { entry, .. }) => entry.promised && !entry.state.is_final(),
        None => command.is_promised(),
    };
    asked.commands.iter().find(|(id, command)| is_open(id, command)).map_or(Ok(()), |(id, _)| Err(*id))
}

/// At the end: every command that was accepted has one outcome, it is what the log says, and everybody was told it.
pub(crate) fn outcomes_right(stage: &Stage) {
    let (truth, asked, records) = (hold(&stage.truth), hold(&stage.asked), hold(&stage.records));
    for (id, command) in &asked.commands {
        let record = records.get(*id);
        if command.is_promised() {
            stage.count_check("promises");
        }
        let judged = ended(&truth, *id, command, record).and_then(|()| told(command, record));
        if let Err(why) = judged {
            stage.wrong(format!("{id}: {why}; it is {:?}", record.map(|record| &record.entry)));
        }
    }
}

/// One end, and the log knows of it.
fn ended(truth: &Truth, id: Uuid, command: &Command, record: Option<&Record>) -> Result<(), String> {
    let Some(Record { entry, taken, .. }) = record else {
        return if command.is_promised() { Err("was accepted, and is lost".into()) } else { Ok(()) };
    };
    if command.is_promised() && !entry.promised || entry.promised && !entry.state.is_final() {
        return Err("was promised, and came to no end".into());
    }
    let commit = truth.of_command(id).map(|commit| commit.position);
    match (entry.state, entry.position, commit) {
        (State::Succeeded, Some(said), there) if there != Some(said) => {
            Err(format!("was said to be appended at {said}, and the log says {there:?}"))
        }
        // What was called off while it was in doubt may have happened: the log counts.
        (State::Cancelled, ..) => Ok(()),
        (state, None, Some(there)) if state.is_final() && landed_before(truth, there, *taken) => {
            Err(format!("came to another end, and was in the log before, at {there}"))
        }
        _ => Ok(()),
    }
}

/// All were told the first outcome; or, since the log counts, its commit.
fn told(command: &Command, record: Option<&Record>) -> Result<(), String> {
    let Some(record) = record else { return Ok(()) };
    if record.outcomes.len() > 1 && !record.operated {
        return Err(format!("came to more than one end: {:?}", record.outcomes));
    }
    for (_, reply) in command.replies() {
        let outcome = match reply {
            Reply::Unchanged { .. } | Reply::Rejected { .. } | Reply::GivenUp(_) | Reply::Cancelled => {
                reply.as_first()
            }
            _ => continue,
        };
        if !record.outcomes.contains(&outcome) {
            return Err(format!("was answered `{reply}`, and came to {:?}", record.outcomes));
        }
    }
    Ok(())
}
