//! Each answer, when it is given: true of the log at some moment since the command was sent.

use tidings_domain::Rejection;
use uuid::Uuid;

use super::decision::{Span, possible};
use crate::asked::Sending;
use crate::hold;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::{Moment, Truth};
use crate::wish::{Given, with_aggregate};

/// Looks at the answer of a command's sending.
pub(crate) fn answered(stage: &Stage, id: Uuid, place: usize) {
    let (truth, asked) = (hold(&stage.truth), hold(&stage.asked));
    let Some(command) = asked.commands.get(&id) else { return };
    let Some(sending) = command.sendings.get(place) else { return };
    let (Some(reply), Some(given)) = (&sending.reply, command.contents.get(sending.content)) else { return };
    stage.count_check("answers");
    if let Err(why) = check(&truth, id, given, sending, reply, command.contents.len() > 1)
        && stage.plan.watched
    {
        stage.wrong(format!("{id} {} was answered `{}`, but {why}", given.wish, reply));
    }
}

fn check(
    truth: &Truth,
    id: Uuid,
    given: &Given,
    sending: &Sending,
    reply: &Reply,
    several: bool,
) -> Result<(), String> {
    match reply {
        Reply::Done { at, version, .. } => {
            let Some(landed) = truth.commit(*at) else { return Err("there is no such commit".into()) };
            let commit = &landed.commit;
            let is_it = commit.command == id && commit.last_version() == *version;
            match is_it && commit.stream == given.wish.stream() {
                true => Ok(()),
                false => Err(format!("there stands {commit:?}")),
            }
        }
        // What was so when it was first answered is looked at there.
        Reply::Unchanged { replayed: true, .. } | Reply::Rejected { replayed: true, .. } => Ok(()),
        Reply::Unchanged { .. } | Reply::Rejected { .. } => match fits(truth, given, sending.moment, reply) {
            true => Ok(()),
            false => Err("at no moment since was this so".into()),
        },
        Reply::Conflict { expected, actual } => {
            let stream = given.wish.stream();
            let lengths = truth.lengths(&stream, sending.moment, truth.now());
            match versions(truth, &stream)[lengths].contains(actual) && actual != expected {
                true => Ok(()),
                false => Err("the stream had no such version since".into()),
            }
        }
        Reply::Reused if !several => Err("nobody gave its id to another content".into()),
        Reply::Odd(_) => Err("it has no business here".into()),
        Reply::Reused
        | Reply::Accepted { .. }
        | Reply::GivenUp(_)
        | Reply::Cancelled
        | Reply::Overloaded
        | Reply::Unavailable(_)
        | Reply::Failed(_)
        | Reply::Lost
        | Reply::NotSent => Ok(()),
    }
}

/// The versions of a stream: before its first commit, and after each.
pub(super) fn versions(truth: &Truth, stream: &tidings_domain::StreamId) -> Vec<u64> {
    std::iter::once(0).chain(truth.stream(stream).map(|commit| commit.last_version())).collect()
}

/// Promise 12: whether some state and facts that the log has had since a moment give this answer.
pub(super) fn fits(truth: &Truth, given: &Given, from: Moment, reply: &Reply) -> bool {
    let lengths = truth.lengths(&given.wish.stream(), from, truth.now());
    fits_at(truth, given, Span { states: lengths, facts: (from, truth.now()) }, reply).is_some()
}

/// The first of these states that gives this answer: how many commits it has.
pub(super) fn fits_at(truth: &Truth, given: &Given, span: Span, reply: &Reply) -> Option<usize> {
    with_aggregate!(&given.wish, command, A => {
        possible::<A>(truth, command, given.actor, &span, |at, decision| match (decision, reply) {
            (Ok(events), Reply::Unchanged { version, .. }) => events.is_empty() && at == *version,
            (Err(no), Reply::Rejected { code, text, .. }) => no.code() == code && no.to_string() == *text,
            _ => false,
        })
    })
}
