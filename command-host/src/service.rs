//! The line service of commands: from a line to a command, from an outcome to a reply.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_domain::{Actor, CommandError, Limits, SocialCommand, Timestamp, UserId};
use tidings_wire::{Code, ErrorReply, Id, Reply, Request, Service, plain};
use tidings_wiring::Dependency;
use tidings_world::Handle;
use tokio::time::Instant;
use uuid::Uuid;

use crate::hands::{Given, Hands};
use crate::help::Help;
use crate::ledger::Recorder;
use crate::owners::{Passed, Rest, is_greeting};
use crate::{Engine, Meta};

/// Carries out the social commands that come as lines.
pub struct CommandService {
    hands: Arc<Hands>,
    /// None where commands are not recorded.
    recorder: Option<Arc<Recorder>>,
    world: Handle,
    moderators: BTreeSet<UserId>,
}

/// One line, as the protocol has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: Id<'a>,
    #[serde(borrow)]
    command: Cow<'a, str>,
    actor: UserId,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(default)]
    correlation: Option<Uuid>,
    #[serde(default)]
    causation: Option<Uuid>,
    #[serde(default)]
    occurred_at: Option<Timestamp>,
    /// `false`: the client waits until the command is recorded, and no longer.
    #[serde(default)]
    wait: Option<bool>,
    /// Written by hosts only.
    #[serde(default)]
    passed: Option<Passed>,
}

impl CommandService {
    /// A service on an engine. `moderators` may moderate; `limits` are those of the engine, for the help.
    pub fn new(engine: Engine<Limits>, world: Handle, moderators: BTreeSet<UserId>, limits: &Limits) -> Self {
        let (help, log) = (Help::new(limits), Dependency::of("the log", world.clone()));
        let hands = Arc::new(Hands { engine, owners: None, help, log });
        Self { hands, recorder: None, world, moderators }
    }

    /// Passes commands on to those who own their partitions, and records them.
    pub(crate) fn on(
        hands: Arc<Hands>,
        recorder: Option<Arc<Recorder>>,
        world: Handle,
        moderators: BTreeSet<UserId>,
    ) -> Self {
        Self { hands, recorder, world, moderators }
    }

    async fn answer(&self, request: &Request) -> Result<Reply, Reply> {
        let since = Instant::now();
        if let Some(owners) = &self.hands.owners
            && is_greeting(request.line())
        {
            return Ok(Reply::ok(request.id(), &owners.greeted()));
        }
        let line: Line<'_> = request.parse().map_err(|reply| elsewhere(request).unwrap_or(reply))?;
        let given = match line.passed {
            Some(passed) => Some(passed.id),
            None => command_id(line.id).map_err(|error| error.reply(line.id))?,
        };
        let (id, command_id) = match given {
            Some(given) => (Cow::Borrowed(line.id.json().unwrap_or_default()), given),
            None => {
                let drawn = self.world.id();
                (Cow::Owned(format!("\"{drawn}\"")), drawn)
            }
        };
        let id: Id<'_> = serde_json::from_str(&id).unwrap_or_default();
        let data = line.data.map_or("{}", RawValue::get);
        let command = SocialCommand::parse(&line.command, data, line.actor, command_id)
            .map_err(|error| refuse_data(&error).reply(id))?;
        let meta = Meta {
            command: command_id,
            actor: Actor { id: line.actor, moderator: self.moderators.contains(&line.actor) },
            correlation: line.correlation,
            causation: line.causation,
            occurred_at: line.occurred_at,
            not_after: None,
        };
        let Line {
            command: ref name, actor, data, correlation, causation, occurred_at, passed, wait, ..
        } = line;
        let rest = Rest { command: name, actor, data, correlation, causation, occurred_at };
        let given = Given { command, meta, rest, since, passed };
        match (&self.recorder, wait) {
            // Whoever passed the line on has recorded it, if anybody does.
            (Some(recorder), Some(false)) if passed.is_none() => {
                recorder.promise(&given, &self.hands, id).await
            }
            (Some(recorder), _) if passed.is_none() => recorder.wait(given, &self.hands, id).await,
            (None, Some(false)) => Err(no_ledger()),
            _ => self.hands.in_time(&given).await.map(|told| told.reply(id, correlation)),
        }
        .map_err(|error| error.reply(id))
    }
}

impl Service for CommandService {
    async fn call(&self, request: Request) -> Reply {
        match self.answer(&request).await {
            Ok(reply) | Err(reply) => reply,
        }
    }

    fn help(&self, topic: Option<&str>) -> String {
        self.hands.help.about(topic)
    }
}

/// What is said to a query, which has come to the wrong port.
#[cold]
fn elsewhere(request: &Request) -> Option<Reply> {
    let message = "this port takes commands; queries go to the query host's (7402, unless told otherwise)";
    let error = || ErrorReply::new(Code::Invalid, message).field("query");
    (request.has("query") && !request.has("command")).then(|| error().reply(request.id()))
}

/// What is said to who does not wait, where nothing is recorded.
fn no_ledger() -> ErrorReply {
    let message =
        "this host keeps no ledger, so it can promise nothing: leave `wait` out, or start it with --ledger";
    ErrorReply::new(Code::Invalid, message).field("wait")
}

/// The command's id, where the line has one.
fn command_id(id: Id<'_>) -> Result<Option<Uuid>, ErrorReply> {
    if id.is_none() {
        return Ok(None);
    }
    let text = id.json().unwrap_or_default();
    let uuid = serde_json::from_str(text).map_err(|_| {
        let message = format!("a command's id is a UUID in quotes, or left out; this is {text}");
        ErrorReply::new(Code::Invalid, message).field("id")
    })?;
    Ok(Some(uuid))
}

fn refuse_data(error: &CommandError) -> ErrorReply {
    match error {
        CommandError::Unknown { .. } => ErrorReply::new(Code::Unknown, error.to_string()),
        CommandError::Invalid { field, .. } => {
            let at = if field.is_empty() { "data".into() } else { format!("data.{field}") };
            ErrorReply::new(Code::Invalid, plain(&error.to_string())).field(at)
        }
    }
}
