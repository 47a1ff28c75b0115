//! Carries commands out, wherever that is: here, or by the host that owns the partition.

use std::sync::Arc;

use tidings_domain::{Aggregate, Command, Limits, SocialCommand, clip, comment, follow, like, post, view};
use tidings_eventstore::Commit;
use tidings_wire::{Code, ErrorReply};
use tidings_wiring::Dependency;
use tokio::time::Instant;

use crate::help::Help;
use crate::outcome::{Told, in_doubt, misunderstood, refuse};
use crate::owners::{Answer, Owners, Passed, Rest, is_ok};
use crate::{Engine, ExecuteError, Meta, Outcome};

/// What commands are carried out with.
pub(crate) struct Hands {
    pub(crate) engine: Engine<Limits>,
    /// None where this host is the only one.
    pub(crate) owners: Option<Arc<Owners>>,
    pub(crate) help: Help,
    pub(crate) log: Dependency,
}

/// A command that was understood.
pub(crate) struct Given<'a> {
    pub(crate) command: SocialCommand,
    pub(crate) meta: Meta,
    /// What is passed on.
    pub(crate) rest: Rest<'a>,
    /// When it came, or its attempt began.
    pub(crate) since: Instant,
    /// Whether it was passed on to this host.
    pub(crate) passed: Option<Passed>,
}

impl Hands {
    /// Carries a command out, wherever that is; in time, or says that it is not.
    pub(crate) async fn in_time(&self, given: &Given<'_>) -> Result<Told, ErrorReply> {
        // What was begun is not undone: the same line again has the same outcome.
        self.log.in_time(given.since, self.carry_out(given)).await.unwrap_or_else(|| Err(self.log.late()))
    }

    async fn carry_out(&self, given: &Given<'_>) -> Result<Told, ErrorReply> {
        match (&self.owners, given.passed) {
            (None, None) => self.here(given, given.meta).await,
            (Some(owners), Some(passed)) => {
                let end = owners.end_of(passed);
                let not_after = given.meta.not_after.map_or(end, |before| before.min(end));
                self.here(given, Meta { not_after: Some(not_after), ..given.meta }).await
            }
            (Some(owners), None) => self.at_the_owner(owners, given).await,
            (None, Some(_)) => {
                let message = "lines are passed on between hosts that share a log; this host does not";
                Err(ErrorReply::new(Code::Invalid, message).field("passed"))
            }
        }
    }

    /// Carries a command out in this process.
    async fn here(&self, given: &Given<'_>, meta: Meta) -> Result<Told, ErrorReply> {
        let outcome = self.execute(&given.command, meta).await?;
        self.help.carried_out(&given.command, meta.actor.id);
        Ok(Told::Here(outcome))
    }

    /// Has a command carried out by the host that owns its partition, or here where that one does not answer.
    async fn at_the_owner(&self, owners: &Owners, given: &Given<'_>) -> Result<Told, ErrorReply> {
        let Given { command, meta, rest, .. } = given;
        let stream = command.stream();
        let _gate = owners.gate(&stream).await;
        let Some(owner) = owners.owner(self.engine.store().partition_of(&stream)) else {
            return self.here(given, *meta).await;
        };
        match owner.pass(meta.command, &rest.json()).await {
            Answer::Reply(reply) => {
                if is_ok(&reply) {
                    self.log.answered();
                    self.help.carried_out(command, meta.actor.id);
                } else if let Some(error) = misunderstood(&reply) {
                    return Err(error);
                }
                Ok(Told::There(reply))
            }
            Answer::NotSent => self.here(given, *meta).await,
            Answer::NoReply => match self.execute(command, *meta).await {
                // The owner may have decided otherwise, on facts of a moment before, and be about to append.
                Err(error) if !error.retry => Err(in_doubt(&error)),
                outcome => outcome.map(Told::Here),
            },
            Answer::Full => {
                let message = "too many commands wait for the host that owns this partition";
                Err(ErrorReply::new(Code::Overloaded, message))
            }
        }
    }

    async fn execute(&self, command: &SocialCommand, meta: Meta) -> Result<Outcome, ErrorReply> {
        match command {
            SocialCommand::Post(command) => self.execute_on::<post::Post>(command, meta).await,
            SocialCommand::Comment(command) => self.execute_on::<comment::Comment>(command, meta).await,
            SocialCommand::Like(command) => self.execute_on::<like::Like>(command, meta).await,
            SocialCommand::Clip(command) => self.execute_on::<clip::Clip>(command, meta).await,
            SocialCommand::View(command) => self.execute_on::<view::View>(command, meta).await,
            SocialCommand::Follow(command) => self.execute_on::<follow::Follow>(command, meta).await,
        }
    }

    async fn execute_on<A: Aggregate<Limits = Limits>>(
        &self,
        command: &A::Command,
        meta: Meta,
    ) -> Result<Outcome, ErrorReply> {
        let done = self.engine.execute::<A>(command, meta).await;
        if !matches!(done, Err(ExecuteError::Unavailable(_) | ExecuteError::Late)) {
            self.log.answered();
        }
        done.map_err(|error| refuse(error, &self.log))
    }

    /// The commit that a command made, whatever else is said of it; in time.
    pub(crate) async fn commit_of(&self, given: &Given<'_>) -> Result<Option<Arc<Commit>>, ErrorReply> {
        let stream = given.command.stream();
        let commit =
            self.log.ask(given.since, self.engine.store().find_on(&stream, given.meta.command)).await?;
        // On another stream it is what another command of this id made.
        Ok(commit.filter(|commit| commit.stream == stream))
    }
}
