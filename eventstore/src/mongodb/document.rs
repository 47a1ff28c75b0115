//! A commit as a document, and back. A storage format.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{RawBsonRef, RawDocument};
use tidings_domain::{Encoded, Position, Timestamp};
use uuid::Uuid;

use super::bson::{GENERIC, UUID, Writer};
use crate::{Commit, Hash, ReadError};

/// The most bytes of a document that MongoDB takes.
pub(crate) const MOST_BYTES: usize = 16 << 20;

/// The bytes of a document without its stream, optional fields and events; see the test.
const SHELL: usize = 270;
const CAUSATION: usize = 32;
const OCCURRED_AT: usize = 21;
/// The bytes of an event in its array, without its place, name and data.
const EVENT: usize = 41;

/// How large the document of a commit is.
pub(crate) fn size(commit: &Commit) -> usize {
    let digits = |place: usize| place.checked_ilog10().unwrap_or(0) as usize + 1;
    let event =
        |(place, event): (usize, &Encoded)| EVENT + digits(place) + event.name.len() + event.data.len();
    let events: usize = commit.events.iter().enumerate().map(event).sum();
    let causation = commit.causation.map_or(0, |_| CAUSATION);
    let occurred_at = commit.occurred_at.map_or(0, |_| OCCURRED_AT);
    SHELL + commit.stream.as_str().len() + causation + occurred_at + events
}

/// Writes a commit as a document at `key`. Data stand as the text that they are, since the hash covers their bytes.
pub(crate) fn write(commit: &Commit, key: &str, into: &mut Writer) -> Result<(), String> {
    let whole = |number: u64| i64::try_from(number).map_err(|_| format!("{number} is beyond 2^63 - 1"));
    let document = into.begin_document(key);
    into.long("_id", whole(commit.position.number)?);
    into.text("stream", commit.stream.as_str());
    into.long("first_version", whole(commit.first_version)?);
    into.long("last_version", whole(commit.last_version())?);
    let events = into.begin_array("events");
    for (place, event) in commit.events.iter().enumerate() {
        let event_document = into.begin_document(Place::new().of(place));
        into.text("type", &event.name);
        into.int("schema", i32::from(event.schema));
        into.text("data", &event.data);
        into.end(event_document);
    }
    into.end(events);
    into.binary("id", UUID, commit.id.as_bytes());
    into.binary("command", UUID, commit.command.as_bytes());
    into.binary("correlation", UUID, commit.correlation.as_bytes());
    if let Some(causation) = commit.causation {
        into.binary("causation", UUID, causation.as_bytes());
    }
    into.binary("actor", UUID, commit.actor.as_bytes());
    if let Some(occurred_at) = commit.occurred_at {
        into.date("occurred_at", occurred_at.millis());
    }
    into.date("recorded_at", commit.recorded_at.millis());
    into.binary("hash", GENERIC, &commit.hash.0);
    into.end(document);
    Ok(())
}

/// The decimal digits of a place in an array.
pub(crate) struct Place([u8; 20]);

impl Place {
    pub(crate) fn new() -> Self {
        Self([0; 20])
    }

    pub(crate) fn of(&mut self, mut place: usize) -> &str {
        let mut at = self.0.len();
        loop {
            at -= 1;
            self.0[at] = b'0' + (place % 10) as u8;
            place /= 10;
            if place == 0 {
                break;
            }
        }
        std::str::from_utf8(&self.0[at..]).unwrap_or_default()
    }
}

/// The commit of a document.
pub(crate) fn read(partition: u16, document: &RawDocument) -> Result<Commit, ReadError> {
    read_fields(partition, document).map_err(|cause| {
        let number = document.get_i64("_id").map_or("?".into(), |number| number.to_string());
        ReadError::Damaged { place: format!("{partition}:{number}"), cause }
    })
}

fn read_fields(partition: u16, document: &RawDocument) -> Result<Commit, String> {
    let (mut number, mut stream, mut versions, mut events) = (None, None, (None, None), Vec::new());
    let (mut id, mut command, mut correlation, mut causation, mut actor) = (None, None, None, None, None);
    let (mut occurred_at, mut recorded_at, mut hash) = (None, None, None);
    for field in document {
        let (key, value) = field.map_err(|e| e.to_string())?;
        let key = key.as_str();
        match key {
            "_id" => number = Some(whole(key, value)?),
            "stream" => stream = Some(text(key, value)?.parse().map_err(|e| format!("{e}"))?),
            "first_version" => versions.0 = Some(whole(key, value)?),
            "last_version" => versions.1 = Some(whole(key, value)?),
            "events" => events = read_events(value)?,
            "id" => id = Some(uuid(key, value)?),
            "command" => command = Some(uuid(key, value)?),
            "correlation" => correlation = Some(uuid(key, value)?),
            "causation" => causation = Some(uuid(key, value)?),
            "actor" => actor = Some(uuid(key, value)?),
            "occurred_at" => occurred_at = Some(date(key, value)?),
            "recorded_at" => recorded_at = Some(date(key, value)?),
            "hash" => hash = Some(read_hash(key, value)?),
            other => return Err(format!("it has a field `{other}` that no commit has")),
        }
    }
    let missing = |name: &'static str| move || format!("`{name}` is missing");
    let commit = Commit {
        position: Position::new(partition, number.ok_or_else(missing("_id"))?),
        stream: stream.ok_or_else(missing("stream"))?,
        first_version: versions.0.ok_or_else(missing("first_version"))?,
        events,
        id: id.ok_or_else(missing("id"))?,
        command: command.ok_or_else(missing("command"))?,
        correlation: correlation.ok_or_else(missing("correlation"))?,
        causation,
        actor: actor.ok_or_else(missing("actor"))?,
        occurred_at,
        recorded_at: recorded_at.ok_or_else(missing("recorded_at"))?,
        hash: hash.ok_or_else(missing("hash"))?,
    };
    if commit.events.is_empty() || Some(commit.last_version()) != versions.1 {
        return Err("last_version does not fit the number of events".into());
    }
    Ok(commit)
}

fn read_events(value: RawBsonRef<'_>) -> Result<Vec<Encoded>, String> {
    let array = value.as_array().ok_or("`events` is no array")?;
    let mut events = Vec::new();
    for element in array {
        let element = element.map_err(|e| format!("events: {e}"))?;
        let document = element.as_document().ok_or("an event is no document")?;
        let (mut name, mut schema, mut data) = (None, None, None);
        for field in document {
            let (key, value) = field.map_err(|e| format!("events: {e}"))?;
            match key.as_str() {
                "type" => name = Some(text("type", value)?.to_owned()),
                "schema" => schema = Some(whole("schema", value)?),
                "data" => data = Some(text("data", value)?.to_owned()),
                other => return Err(format!("an event has a field `{other}` that none has")),
            }
        }
        let (Some(name), Some(schema), Some(data)) = (name, schema, data) else {
            return Err("an event lacks its type, schema or data".into());
        };
        let schema = u16::try_from(schema).map_err(|_| format!("no event has schema {schema}"))?;
        events.push(Encoded { name: name.into(), schema, data });
    }
    Ok(events)
}

pub(crate) fn whole(key: &str, value: RawBsonRef<'_>) -> Result<u64, String> {
    let number = match value {
        RawBsonRef::Int64(number) => number,
        RawBsonRef::Int32(number) => number.into(),
        _ => return Err(format!("`{key}` is no whole number")),
    };
    u64::try_from(number).map_err(|_| format!("`{key}` is negative"))
}

fn text<'a>(key: &str, value: RawBsonRef<'a>) -> Result<&'a str, String> {
    value.as_str().ok_or_else(|| format!("`{key}` is no text"))
}

pub(crate) fn date(key: &str, value: RawBsonRef<'_>) -> Result<Timestamp, String> {
    let date = value.as_datetime().ok_or_else(|| format!("`{key}` is no date"))?;
    Ok(Timestamp::from_millis(date.timestamp_millis()))
}

fn binary<const N: usize>(key: &str, value: RawBsonRef<'_>, kind: BinarySubtype) -> Result<[u8; N], String> {
    let fail = || format!("`{key}` is not what it should be: {N} bytes of subtype {}", u8::from(kind));
    let binary = value.as_binary().filter(|b| b.subtype == kind).ok_or_else(fail)?;
    binary.bytes.try_into().map_err(|_| fail())
}

fn uuid(key: &str, value: RawBsonRef<'_>) -> Result<Uuid, String> {
    binary(key, value, BinarySubtype::Uuid).map(Uuid::from_bytes)
}

pub(crate) fn read_hash(key: &str, value: RawBsonRef<'_>) -> Result<Hash, String> {
    binary(key, value, BinarySubtype::Generic).map(Hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mongodb::bson::{Bson, Document, RawDocumentBuf};

    fn commit(events: usize) -> Commit {
        let event = |n: usize| Encoded {
            name: format!("Happened{n}").into(),
            schema: u16::MAX,
            data: format!(" {{\"n\" : {n}.0, \"zero\":\"\u{0}\"}} é"),
        };
        Commit {
            position: Position::new(3, i64::MAX as u64),
            stream: "post-1".parse().unwrap(),
            first_version: 7,
            events: (0..events).map(event).collect(),
            id: Uuid::from_u128(1),
            command: Uuid::from_u128(u128::MAX),
            correlation: Uuid::from_u128(3),
            causation: None,
            actor: Uuid::from_u128(4),
            occurred_at: None,
            recorded_at: Timestamp::from_millis(i64::MIN),
            hash: Hash([0xff; 32]),
        }
    }

    fn document(commit: &Commit) -> RawDocumentBuf {
        let (mut writer, open) = Writer::begin(0);
        write(commit, "0", &mut writer).unwrap();
        writer.end(open);
        let outer = RawDocumentBuf::from_bytes(writer.bytes()).unwrap();
        outer.get_document("0").unwrap().to_owned()
    }

    #[test]
    fn a_commit_comes_back_as_it_was_and_its_size_was_foretold() {
        for events in [1, 2, 9, 10, 11, 99, 100, 101, 1_001] {
            let plain = commit(events);
            let times = [i64::MIN, -1, 0, 1_763_740_000_123, i64::MAX].map(Timestamp::from_millis);
            let full = times.map(|time| Commit {
                causation: Some(Uuid::from_u128(9)),
                occurred_at: Some(time),
                recorded_at: time,
                ..plain.clone()
            });
            for commit in [plain].into_iter().chain(full) {
                let document = document(&commit);
                assert_eq!(read(3, &document).unwrap(), commit);
                assert_eq!(document.as_bytes().len(), size(&commit));
                // The driver agrees that it is BSON.
                Document::try_from(&*document).unwrap();
            }
        }
    }

    #[test]
    fn what_is_not_as_it_was_written_is_named() {
        let whole = Document::try_from(&*document(&commit(2))).unwrap();
        type Change = fn(&mut Document);
        let changes: [(Change, &str); 7] = [
            (|d| drop(d.remove("actor")), "`actor` is missing"),
            (|d| drop(d.insert("actor", "me")), "`actor` is not what it should be"),
            (|d| drop(d.insert("last_version", 9_i64)), "last_version does not fit"),
            (|d| drop(d.insert("_id", -1_i64)), "`_id` is negative"),
            (|d| drop(d.insert("stream", "")), "stream"),
            (|d| drop(d.insert("events", Bson::Null)), "`events` is no array"),
            (|d| drop(d.insert("more", 1)), "a field `more`"),
        ];
        for (change, says) in changes {
            let mut changed = whole.clone();
            change(&mut changed);
            let error = read(3, &RawDocumentBuf::try_from(&changed).unwrap()).unwrap_err().to_string();
            assert!(error.contains("3:") && error.contains(says), "{error}");
        }
    }
}
