//! A command's content: what the ledger keeps of it, and what tells two of them apart.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_domain::{Actor, Command, SocialCommand, Timestamp, UserId};
use tidings_ledger::Digest;
use tokio::time::Instant;
use uuid::Uuid;

use crate::Meta;
use crate::hands::Given;
use crate::owners::Rest;

/// Of all that a client may say in a command's line. The texts as they were understood, so that a blank more or another
/// order of fields is the same command.
pub(super) fn digest(given: &Given<'_>) -> Digest {
    let Rest { actor, correlation, causation, occurred_at, .. } = given.rest;
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &[u8]| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    };
    add(given.command.name().as_bytes());
    add(given.command.to_json().as_bytes());
    add(actor.0.as_bytes());
    for id in [correlation, causation] {
        add(id.as_ref().map_or(&[], |id| &id.as_bytes()[..]));
    }
    add(occurred_at.map(|at| at.millis().to_le_bytes()).as_ref().map_or(&[], |at| &at[..]));
    *hasher.finalize().as_bytes()
}

/// A promised command, as any host can carry it out. A storage format.
#[derive(Serialize, Deserialize)]
pub(super) struct Text {
    command: String,
    actor: UserId,
    /// Whether the host that promised it knew the actor as a moderator.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    moderator: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
}

impl Text {
    /// The text of a command.
    pub(super) fn of(given: &Given<'_>) -> String {
        let Rest { command, actor, data, correlation, causation, occurred_at } = given.rest;
        let (command, moderator) = (command.to_owned(), given.meta.actor.moderator);
        let text = Self {
            command,
            actor,
            moderator,
            data: data.map(ToOwned::to_owned),
            correlation,
            causation,
            occurred_at,
        };
        // Writing to memory does not fail.
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// Reads a text.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The command of this id.
    pub(super) fn given(&self, id: Uuid) -> Result<Given<'_>, String> {
        let Self { command: name, actor, moderator, data, correlation, causation, occurred_at } = self;
        let (data, correlation, causation, occurred_at) =
            (data.as_deref(), *correlation, *causation, *occurred_at);
        let command = SocialCommand::parse(name, data.map_or("{}", RawValue::get), *actor, id);
        let meta = Meta {
            command: id,
            actor: Actor { id: *actor, moderator: *moderator },
            correlation,
            causation,
            occurred_at,
            not_after: None,
        };
        let rest = Rest { command: name, actor: *actor, data, correlation, causation, occurred_at };
        let command = command.map_err(|error| error.to_string())?;
        Ok(Given { command, meta, rest, since: Instant::now(), passed: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTOR: &str = "01930000-0000-7000-8000-000000000001";

    fn text(fields: &str) -> Text {
        Text::read(&format!(r#"{{"command":"CreatePost","actor":"{ACTOR}",{fields}}}"#)).unwrap()
    }

    #[test]
    fn a_text_gives_the_same_command_again() {
        let text = text(&format!(r#""moderator":true,"data":{{"text":"x"}},"correlation":"{ACTOR}""#));
        let given = text.given(Uuid::nil()).unwrap();
        assert!(given.meta.actor.moderator);
        let again = Text::read(&Text::of(&given)).unwrap();
        let again = again.given(Uuid::nil()).unwrap();
        assert_eq!((&again.command, again.meta.correlation), (&given.command, given.meta.correlation));
        assert_eq!(digest(&again), digest(&given));
    }

    #[test]
    fn the_digest_is_of_what_is_meant_and_of_all_of_it() {
        let of = |fields: &str, id| {
            let text = text(fields);
            let given = text.given(id).unwrap();
            digest(&given)
        };
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let first = of(r#""data":{"text":"x"}"#, one);
        assert_eq!(of(r#""data":{ "text" : "\u0078" }"#, one), first, "another way to write it");
        let named = format!(r#""data":{{"post":"{one}","text":"x"}}"#);
        assert_eq!(of(&named, one), first, "the new id is the command's, said or not");
        for different in [
            r#""data":{"text":"y"}"#.to_owned(),
            format!(r#""data":{{"text":"x"}},"correlation":"{ACTOR}""#),
            format!(r#""data":{{"text":"x"}},"causation":"{ACTOR}""#),
            r#""data":{"text":"x"},"occurred_at":"2026-01-01T08:00:00Z""#.to_owned(),
        ] {
            assert_ne!(of(&different, one), first, "{different}");
        }
        assert_ne!(of(r#""data":{"text":"x"}"#, other), first, "another id is another post");
    }
}
