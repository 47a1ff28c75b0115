//! At the end: what the clients were told, held against the log.

use uuid::Uuid;

use crate::hold;
use crate::ledger::Entry;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::truth::Truth;

/// Promises 4 and 5: each acknowledged command is there once, where it was said to be; none that was refused
/// is there; none changes its answer afterwards.
pub(crate) fn settled(stage: &Stage) {
    let (truth, ledger) = (hold(&stage.truth), hold(&stage.ledger));
    for (id, entry) in &ledger.commands {
        stage.count_check("commands");
        if let Err(why) = check(&truth, *id, entry) {
            stage.wrong(format!("{id} {}: {why}", entry.given.wish));
        }
    }
}

fn check(truth: &Truth, id: Uuid, entry: &Entry) -> Result<(), String> {
    let commit = truth.of_command(id);
    let landed = commit.and_then(|commit| truth.moment(commit.position));
    let mut first_replies = 0;
    let mut sure_of_none = true;
    for sending in &entry.sendings {
        // A sending that never ended is one of a client that was cut off at the end.
        let reply = sending.reply.as_ref().unwrap_or(&Reply::Lost);
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
            Reply::Unavailable(_) | Reply::Lost => sure_of_none = false,
            Reply::NotSent => {}
            Reply::Unchanged { .. }
            | Reply::Rejected { .. }
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
