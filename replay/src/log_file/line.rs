//! A commit as one line of JSON.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tidings_domain::{Encoded, Position, StreamId, Timestamp};
use tidings_eventstore::Commit;
use uuid::Uuid;

/// A commit with all its fields.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    at: Position,
    stream: StreamId,
    first_version: u64,
    #[serde(borrow)]
    events: Vec<Event<'a>>,
    id: Uuid,
    command: Uuid,
    correlation: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<Uuid>,
    actor: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurred_at: Option<Timestamp>,
    recorded_at: Timestamp,
    #[serde(borrow)]
    hash: Cow<'a, str>,
}

/// An event. The data stand byte for byte as they are, which the hash needs; what would not survive that, as it is no
/// JSON of one line, stands as a string named `text`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    name: Cow<'a, str>,
    schema: u16,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
}

impl<'a> Event<'a> {
    fn of(Encoded { name, schema, data }: &'a Encoded) -> Self {
        let plain = in_one_line(data);
        let text = plain.is_none().then_some(Cow::Borrowed(&**data));
        Self { name: Cow::Borrowed(name), schema: *schema, data: plain, text }
    }
}

/// Writes a commit as a line, its end included, behind what is there.
pub fn write_commit(commit: &Commit, into: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let line = Line {
        at: commit.position,
        stream: commit.stream.clone(),
        first_version: commit.first_version,
        events: commit.events.iter().map(Event::of).collect(),
        id: commit.id,
        command: commit.command,
        correlation: commit.correlation,
        causation: commit.causation,
        actor: commit.actor,
        occurred_at: commit.occurred_at,
        recorded_at: commit.recorded_at,
        hash: commit.hash.to_string().into(),
    };
    serde_json::to_writer(&mut *into, &line)?;
    into.push(b'\n');
    Ok(())
}

/// The data as one JSON value with nothing around it and no line's end in it, where they are that.
fn in_one_line(data: &str) -> Option<&RawValue> {
    // A `null` would be read as no data at all.
    let plain = data != "null" && !data.bytes().any(|byte| matches!(byte, b'\n' | b'\r'));
    let value: Option<&RawValue> = plain.then(|| serde_json::from_str(data).ok()).flatten();
    value.filter(|value| value.get().len() == data.len())
}

/// Reads what [`write_commit`] wrote; says what is wrong where it is something else.
pub fn read_commit(line: &[u8]) -> Result<Commit, String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let event = |event: Event<'_>| {
        let data = match (event.data, event.text) {
            (Some(data), None) => data.get().to_owned(),
            (None, Some(text)) => text.into_owned(),
            _ => return Err("an event has either `data` or `text`"),
        };
        Ok(Encoded { name: event.name.into_owned().into(), schema: event.schema, data })
    };
    let events: Vec<Encoded> = line.events.into_iter().map(event).collect::<Result<_, _>>()?;
    let last = line.first_version.checked_add(events.len() as u64);
    if events.is_empty() || line.first_version == 0 || last.is_none_or(|last| last > i64::MAX.unsigned_abs())
    {
        return Err("it has no events, or of versions that no stream has".into());
    }
    Ok(Commit {
        position: line.at,
        stream: line.stream,
        first_version: line.first_version,
        events,
        id: line.id,
        command: line.command,
        correlation: line.correlation,
        causation: line.causation,
        actor: line.actor,
        occurred_at: line.occurred_at,
        recorded_at: line.recorded_at,
        hash: line.hash.parse().map_err(|error| format!("{error}"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_comes_back_as_it_was_in_one_line_whatever_its_data() {
        for data in [
            r#"{"text":"hello"}"#,
            "{ \"b\" : 1.0e2,\t\"a\":\"\\u00e9\\n\", \"a\": 2 }",
            "{\n}",
            "{\r}",
            " {} ",
            "no JSON \u{0} \" ] \n",
            "",
            "null",
            "{}{}",
            r#"{"n":123456789012345678901234567890.10}"#,
        ] {
            let event = |name: &'static str| Encoded { name: name.into(), schema: 7, data: data.into() };
            let commit = Commit {
                position: Position::new(3, 42),
                stream: "post-1".parse().unwrap(),
                first_version: 9,
                events: vec![event("PostCreated"), event("odd \"name\" \\ \n\u{1F600}")],
                id: Uuid::from_u128(1),
                command: Uuid::from_u128(2),
                correlation: Uuid::from_u128(3),
                causation: Some(Uuid::from_u128(4)),
                actor: Uuid::from_u128(5),
                occurred_at: Some(Timestamp::from_millis(-1)),
                recorded_at: Timestamp::from_millis(1_767_225_600_123),
                hash: tidings_eventstore::Hash([7; 32]),
            };
            for commit in [Commit { causation: None, occurred_at: None, ..commit.clone() }, commit] {
                let mut line = Vec::new();
                write_commit(&commit, &mut line).unwrap();
                assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "{data:?}");
                assert_eq!(read_commit(&line), Ok(commit), "{data:?}");
            }
        }
    }

    #[test]
    fn the_line_is_what_a_person_expects() {
        let commit = Commit {
            position: Position::new(3, 42),
            stream: "post-1".parse().unwrap(),
            first_version: 9,
            events: vec![Encoded { name: "PostEdited".into(), schema: 1, data: r#"{"text":"hi"}"#.into() }],
            id: Uuid::nil(),
            command: Uuid::nil(),
            correlation: Uuid::nil(),
            causation: None,
            actor: Uuid::nil(),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(1_767_225_600_123),
            hash: Default::default(),
        };
        let mut line = Vec::new();
        write_commit(&commit, &mut line).unwrap();
        let (id, hash) = (Uuid::nil(), "0".repeat(64));
        let expected = format!(
            concat!(
                r#"{{"at":"3:42","stream":"post-1","first_version":9,"events":[{{"type":"PostEdited","schema":1,"#,
                r#""data":{{"text":"hi"}}}}],"id":"{id}","command":"{id}","correlation":"{id}","actor":"{id}","#,
                r#""recorded_at":"2026-01-01T00:00:00.123Z","hash":"{hash}"}}"#,
                "\n"
            ),
            id = id,
            hash = hash
        );
        assert_eq!(String::from_utf8(line).unwrap(), expected);
    }
}
