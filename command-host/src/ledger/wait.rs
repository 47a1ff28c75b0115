//! A command whose client waits for its outcome.

use tidings_domain::{Command, Position};
use tidings_ledger::{End, Entry, Finish, Hold, How, LedgerError, Receive, Received, State};
use tidings_wire::{Code, ErrorReply, Id, Reply};
use tokio::time::Instant;

use super::at_work::Place;
use super::content::digest;
use super::later::Told;
use super::{Recorder, WAITED_FOR, end};
use crate::hands::{Given, Hands};
use crate::outcome::Done;

impl Recorder {
    /// Records a command, carries it out and answers; a repeat gets the first outcome.
    pub(crate) async fn wait(
        &self,
        mut given: Given<'_>,
        hands: &Hands,
        id: Id<'_>,
    ) -> Result<Reply, ErrorReply> {
        given.meta.not_after = Some(Instant::now() + WAITED_FOR);
        let claim = async {
            self.ready.wait().await;
            let place = self.at_work.enter(given.meta.command).await;
            let how = How::Claim { host: self.host, lease: WAITED_FOR };
            Ok((place, self.ledger.receive(receive(&given, how), self.clock.now()).await?))
        };
        match self.ask(given.since, claim).await? {
            (place, Received::Claimed(hold)) => self.carry_out(&given, hands, id, hold, place).await,
            (_, Received::Known(entry)) => self.again(&entry, &given, hands, id).await,
            (_, Received::Reused) => Err(reused(&given)),
            (_, Received::Accepted) => Err(elsewhere()),
        }
    }

    async fn carry_out(
        &self,
        given: &Given<'_>,
        hands: &Hands,
        id: Id<'_>,
        hold: Hold,
        place: Place,
    ) -> Result<Reply, ErrorReply> {
        let told = hands.in_time(given).await;
        let (reply, came) = match &told {
            Ok(told) => (told.reply(id, given.meta.correlation), told.read()),
            Err(error) => (error.reply(id), Err(error.clone())),
        };
        let finish = end::finish(&came, hold, self.world.random());
        let ended = End { hold, finish };
        if matches!(ended.finish, Finish::Appended { .. } | Finish::LetGo { .. }) {
            self.later.tell(Told { end: ended, place });
            return Ok(reply);
        }
        // Nothing else remembers it.
        match self.ask(given.since, self.ledger.finish(vec![ended], self.clock.now())).await?.as_slice() {
            [true] => Ok(reply),
            _ => self.taken(given, hands, id).await,
        }
    }

    /// The outcome that another host has found, which took the command when this one was too slow.
    async fn taken(&self, given: &Given<'_>, hands: &Hands, id: Id<'_>) -> Result<Reply, ErrorReply> {
        match self.ask(given.since, self.ledger.get(given.meta.command)).await? {
            Some(entry) => self.again(&entry, given, hands, id).await,
            None => Err(elsewhere()),
        }
    }

    /// What a repeat is told.
    pub(super) async fn again(
        &self,
        entry: &Entry,
        given: &Given<'_>,
        hands: &Hands,
        id: Id<'_>,
    ) -> Result<Reply, ErrorReply> {
        let correlation = given.meta.correlation;
        let Some(first) = end::first(entry, correlation) else { return Err(elsewhere()) };
        if entry.state == State::Succeeded && entry.position.is_none() {
            return first.map(|done| Reply::ok(id, &done));
        }
        // The log counts: a host that hung between decision and append for longer than its lease may have appended
        // after another was refused.
        match (hands.commit_of(given).await?, entry.position) {
            (Some(commit), _) => {
                Ok(Reply::ok(id, &Done { replayed: true, correlation, ..Done::made(&commit) }))
            }
            (None, Some(position)) => Err(not_in_the_log(given, position)),
            (None, None) => first.map(|done| Reply::ok(id, &done)),
        }
    }

    /// What the ledger answers, in time for what came at `since`.
    pub(super) async fn ask<T>(
        &self,
        since: Instant,
        asked: impl Future<Output = Result<T, LedgerError>>,
    ) -> Result<T, ErrorReply> {
        self.answers.ask(since, asked).await
    }
}

/// A command, to be recorded.
pub(super) fn receive(given: &Given<'_>, how: How) -> Receive {
    Receive {
        id: given.meta.command,
        digest: digest(given),
        name: given.command.name().into(),
        actor: given.rest.actor.0,
        how,
    }
}

pub(super) fn reused(given: &Given<'_>) -> ErrorReply {
    let message = format!("command {} was given before, with another content", given.meta.command);
    let error = ErrorReply::new(Code::Conflict, message).reason("command_reused");
    ErrorReply { retry: false, ..error }
}

/// The log was put back to an older state, and the ledger was not.
fn not_in_the_log(given: &Given<'_>, position: Position) -> ErrorReply {
    let message = format!(
        "the ledger says that command {} was appended at {position}, and the log does not have it: this log is older \
         than this ledger; put back a ledger of the log's age, or start with a new one",
        given.meta.command
    );
    let error = ErrorReply::new(Code::Unavailable, message).reason("not_in_the_log");
    ErrorReply { retry: false, ..error }
}

fn elsewhere() -> ErrorReply {
    let message = "another host is at this command; send the same line again";
    ErrorReply::new(Code::Unavailable, message).reason("at_work")
}
