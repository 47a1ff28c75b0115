//! The id by which a client knows a reply.

use std::fmt;

use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The most bytes of an id as it stands in the line.
pub(crate) const MAX_BYTES: usize = 128;

/// A request's id, kept as it was written: any JSON scalar of at most 128 bytes.
///
/// ```
/// use tidings_wire::Id;
/// let id: Id = serde_json::from_str("\"order-7\"")?;
/// assert_eq!(id.json(), Some("\"order-7\""));
/// assert!(serde_json::from_str::<Id>("[7]").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Id<'a>(Option<&'a str>);

impl<'a> Id<'a> {
    /// No id: the reply carries none.
    pub const NONE: Self = Self(None);

    /// The id as it stands in the line, quotes and all.
    pub fn json(self) -> Option<&'a str> {
        self.0
    }

    /// Whether the request has no id, or `null`.
    pub fn is_none(self) -> bool {
        matches!(self.0, None | Some("null"))
    }

    /// The id of a line, as far as the line can be read; none where it cannot, or where the id is no id.
    pub(crate) fn found_in(line: &'a str) -> Self {
        let mut found = None;
        // An error after the id is no matter: the visitor has seen it.
        let _ = serde_json::Deserializer::from_str(line).deserialize_map(Find(&mut found));
        found.and_then(check).map_or(Self::NONE, |id| Self(Some(id)))
    }
}

/// The text of an id, if it is one.
fn check(raw: &RawValue) -> Option<&str> {
    let text = raw.get();
    (text.len() <= MAX_BYTES && !text.starts_with(['{', '[']) && can_be_read(text)).then_some(text)
}

/// Whether the client can read it in the reply: half a pair of surrogates, or a number beyond all numbers, looks like JSON
/// and is not.
fn can_be_read(text: &str) -> bool {
    !text.contains(['\\', 'e', 'E']) || serde_json::from_str::<Value>(text).is_ok()
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let id = check(raw).ok_or_else(|| {
            D::Error::custom(format_args!(
                "an id is a string, a number, true, false or null, of at most {MAX_BYTES} bytes that can be read"
            ))
        })?;
        Ok(Self(Some(id)))
    }
}

impl Serialize for Id<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.map(serde_json::from_str::<&RawValue>) {
            Some(Ok(raw)) => raw.serialize(serializer),
            _ => serializer.serialize_none(),
        }
    }
}

struct Find<'a, 'f>(&'f mut Option<&'a RawValue>);

impl<'de: 'a, 'a> Visitor<'de> for Find<'a, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(is_id)) = map.next_key()? {
            if is_id {
                *self.0 = Some(map.next_value()?);
                return Ok(());
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// A key: is it `id`?
struct Key(bool);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E: Error>(self, key: &str) -> Result<Key, E> {
                Ok(Key(key == "id"))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_before_the_place_where_the_line_breaks() {
        assert_eq!(Id::found_in(r#"{"id":7,"data":{"#).json(), Some("7"));
        assert_eq!(Id::found_in(r#"{"a":[1,{"id":2}],"id":"x"}"#).json(), Some("\"x\""));
    }

    #[test]
    fn what_is_no_id_is_not_found() {
        for line in ["", "[1]", "{", r#"{"id":"#, r#"{"id":{}}"#, r#"{"data":{"id":1}}"#] {
            assert_eq!(Id::found_in(line), Id::NONE, "{line}");
        }
        for unreadable in [r#""\ud800""#, "1e999", "-1E999"] {
            assert_eq!(Id::found_in(&format!(r#"{{"id":{unreadable}}}"#)), Id::NONE, "{unreadable}");
        }
        for readable in [r#""\ud83c\udf0d""#, "1e9", "true", r#""e""#] {
            assert_eq!(Id::found_in(&format!(r#"{{"id":{readable}}}"#)).json(), Some(readable));
        }
        assert_eq!(Id::found_in(&format!(r#"{{"id":"{}"}}"#, "x".repeat(127))), Id::NONE);
    }
}
