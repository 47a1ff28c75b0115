//! Each commit, when it takes effect: order, versions, times, chain, and that it is what the command decides.

use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Aggregate, Event, Limits};
use tidings_eventstore::{Commit, Hash, partition_of};

use super::decision::{Span, possible};
use crate::asked::Command;
use crate::hold;
use crate::stage::Stage;
use crate::truth::Truth;
use crate::wish::with_aggregate;

/// How old a fact may be when a command is decided by it.
const FACT_AGE: Duration = Duration::from_secs(1);

/// Takes a commit that was just stored into the truth.
pub(crate) fn landing(stage: &Stage, commit: &Arc<Commit>) {
    stage.count_check("commits");
    let (mut truth, asked) = (hold(&stage.truth), hold(&stage.asked));
    let judged = order(&truth, commit, stage.plan.partitions).and_then(|()| {
        match asked.commands.get(&commit.command) {
            Some(command) => decided(&truth, command, commit),
            None => Err("no client gave its command".to_owned()),
        }
    });
    if let Err(why) = judged {
        stage.wrong(format!("the commit at {} on {}: {why}", commit.position, commit.stream));
    }
    truth.land(commit.clone());
}

/// Promises 1, 3 and 4: numbers and versions without gaps, times that do not run back, an unbroken chain, and
/// one commit a command.
fn order(truth: &Truth, commit: &Commit, partitions: u16) -> Result<(), String> {
    let last = truth.last(commit.position.partition).map(|landed| &*landed.commit);
    let version = truth.stream(&commit.stream).last().map_or(0, |before| before.last_version());
    let must = |holds: bool, why: &str| if holds { Ok(()) } else { Err(why.to_owned()) };
    must(commit.position.partition == partition_of(&commit.stream, partitions), "is in a foreign partition")?;
    must(commit.position.number == last.map_or(0, |l| l.position.number) + 1, "leaves a gap of numbers")?;
    must(commit.first_version == version + 1, "leaves a gap of versions")?;
    must(!commit.events.is_empty(), "has no event")?;
    must(last.is_none_or(|l| l.recorded_at <= commit.recorded_at), "was recorded before its forerunner")?;
    must(commit.hash == commit.hash_after(last.map_or(Hash::default(), |l| l.hash)), "breaks the chain")?;
    must(truth.of_command(commit.command).is_none(), "is a second one of its command")
}

/// Promise 2, and that no decision was made on what never was: all events of the command, no other.
fn decided(truth: &Truth, command: &Command, commit: &Commit) -> Result<(), String> {
    let Some(first) = command.sendings.first() else { return Err("its command was never sent".to_owned()) };
    let length = truth.stream(&commit.stream).count();
    let oldest = first.sent.checked_sub(FACT_AGE).map_or(0, |time| truth.at(time));
    let facts = (oldest.min(first.moment), truth.now());
    let right = command.contents.iter().filter(|given| given.wish.stream() == commit.stream).any(|given| {
        let span = Span { states: length..=length, facts };
        with_aggregate!(&given.wish, command, A => {
            possible::<A>(truth, command, given.actor, &span, |_, decision| decides::<A>(decision, commit))
        })
        .is_some()
    });
    let wishes =
        || command.contents.iter().map(|given| given.wish.to_string()).collect::<Vec<_>>().join(", or ");
    if right { Ok(()) } else { Err(format!("is not what {} decides", wishes())) }
}

fn decides<A: Aggregate<Limits = Limits>>(
    decision: &Result<Vec<A::Event>, A::Rejection>,
    commit: &Commit,
) -> bool {
    decision.as_ref().is_ok_and(|events| events.iter().map(Event::encode).eq(commit.events.iter().cloned()))
}
