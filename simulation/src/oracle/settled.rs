//! At the end: what the clients were told, held against the log.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::asked::Command;
use crate::hold;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::Truth;

/// Promises 4 and 5: each acknowledged command is there once, where it was said to be; none that was refused
/// is there; none changes its answer afterwards; an id has one content.
pub(crate) fn settled(stage: &Stage) {
    let (truth, asked) = (hold(&stage.truth), hold(&stage.asked));
    for (id, command) in &asked.commands {
        stage.count_check("commands");
        let judged = check(&truth, *id, command).and_then(|()| one_content(command));
        if let Err(why) = judged {
            let wishes: Vec<String> = command.contents.iter().map(|given| given.wish.to_string()).collect();
            stage.wrong(format!("{id} {}: {why}", wishes.join(", and ")));
        }
    }
}

fn check(truth: &Truth, id: Uuid, command: &Command) -> Result<(), String> {
    let commit = truth.of_command(id);
    let landed = commit.and_then(|commit| truth.moment(commit.position));
    let mut first_replies = 0;
    // A sending that never ended is one of a client that was cut off at the end.
    let mut sure_of_none = command.sendings.iter().all(|sending| sending.reply.is_some());
    for (sending, reply) in command.replies() {
        match reply {
            Reply::Done { at, replayed, .. } => {
                sure_of_none = false;
                first_replies += usize::from(!replayed);
                if commit.map(|commit| commit.position) != Some(*at) {
                    return Err(format!("was answered ok at {at}, but is not there"));
                }
                let after = landed.is_some_and(|landed| landed < sending.moment);
                if after && !replayed {
                    return Err("was there when it was sent, and was not answered as replayed".into());
                }
            }
            Reply::Unavailable(_) | Reply::Lost | Reply::Accepted { .. } | Reply::Overloaded => {
                sure_of_none = false;
            }
            Reply::NotSent | Reply::Reused => {}
            Reply::Unchanged { .. }
            | Reply::Rejected { .. }
            | Reply::GivenUp(_)
            | Reply::Cancelled
            | Reply::Conflict { .. }
            | Reply::Failed(_)
            | Reply::Odd(_) => {
                if landed.is_some_and(|landed| landed < sending.moment) {
                    return Err(format!("was there when it was sent again, and was answered `{reply}`"));
                }
            }
        }
    }
    if sure_of_none && let Some(commit) = commit {
        return Err(format!("was never answered but with a no, and is in the log at {}", commit.position));
    }
    if first_replies > 1 {
        return Err(format!("was answered {first_replies} times as if it were the first time"));
    }
    Ok(())
}

/// Where a client gave an id to several contents, one of them counts, and the others were refused for it.
fn one_content(command: &Command) -> Result<(), String> {
    let counts = |reply: &Reply| !matches!(reply, Reply::Reused) && (reply.is_final() || reply.is_promise());
    let answered: BTreeSet<usize> =
        command.replies().filter(|(_, reply)| counts(reply)).map(|(sending, _)| sending.content).collect();
    let refused: BTreeSet<usize> = command
        .replies()
        .filter(|(_, reply)| **reply == Reply::Reused)
        .map(|(sending, _)| sending.content)
        .collect();
    match answered.len() > 1 || !answered.is_disjoint(&refused) {
        false => Ok(()),
        true => Err(format!("{answered:?} of its contents were answered, {refused:?} refused")),
    }
}
