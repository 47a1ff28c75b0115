//! Each answer, when it is given: true of the log at some moment since the command was sent.

use tidings_domain::{Command, Rejection};
use uuid::Uuid;

use super::decision::{Span, possible};
use crate::hold;
use crate::ledger::{Entry, Sending};
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::Truth;
use crate::wish::with_aggregate;

/// Looks at the answer of a command's sending.
pub(crate) fn answered(stage: &Stage, id: Uuid, place: usize) {
    let (truth, ledger) = (hold(&stage.truth), hold(&stage.ledger));
    let Some(entry) = ledger.commands.get(&id) else { return };
    let Some(sending) = entry.sendings.get(place) else { return };
    let Some(reply) = &sending.reply else { return };
    stage.count_check("answers");
    if let Err(why) = check(&truth, id, entry, sending, reply) {
        stage.wrong(format!("{id} {} was answered `{}`, but {why}", entry.given.wish, reply));
    }
}

fn check(truth: &Truth, id: Uuid, entry: &Entry, sending: &Sending, reply: &Reply) -> Result<(), String> {
    match reply {
        Reply::Done { at, version, .. } => {
            let Some(landed) = truth.commit(*at) else { return Err("there is no such commit".into()) };
            if landed.commit.command != id || landed.commit.last_version() != *version {
                return Err(format!("there stands {:?}", landed.commit));
            }
            Ok(())
        }
        Reply::Unchanged { version } => {
            let right = fits(truth, entry, sending, |at, decision| at == *version && decision == Ok(0));
            right.then_some(()).ok_or_else(|| "at no such version since was there nothing to do".into())
        }
        Reply::Rejected { code, text } => {
            let no = || Err((*code, text.clone()));
            let right = fits(truth, entry, sending, |_, decision| decision == no());
            right.then_some(()).ok_or_else(|| format!("at no moment since was this so: {text}"))
        }
        Reply::Conflict { expected, actual } => {
            let stream = entry.given.wish.stream();
            let lengths = truth.lengths(&stream, sending.moment, truth.now());
            let versions: Vec<u64> =
                std::iter::once(0).chain(truth.stream(&stream).map(|commit| commit.last_version())).collect();
            match versions[lengths].contains(actual) && actual != expected {
                true => Ok(()),
                false => Err("the stream had no such version since".into()),
            }
        }
        Reply::Odd(_) => Err("it has no business here".into()),
        Reply::Unavailable(_) | Reply::Failed(_) | Reply::Lost | Reply::NotSent => Ok(()),
    }
}

/// Promise 12: whether some state and facts of the log since the sending give this decision (how many events,
/// or the code and text of the rejection).
fn fits(
    truth: &Truth,
    entry: &Entry,
    sending: &Sending,
    mut accept: impl FnMut(u64, Result<usize, (&'static str, String)>) -> bool,
) -> bool {
    let given = &entry.given;
    let (from, to) = (sending.moment, truth.now());
    with_aggregate!(&given.wish, command, A => {
        let span = Span { states: truth.lengths(&command.stream(), from, to), facts: (from, to) };
        possible::<A>(truth, command, given.actor, &span, |version, decision| {
            let decision = decision.as_ref();
            accept(version, decision.map(Vec::len).map_err(|no| (no.code(), no.to_string())))
        })
    })
}
