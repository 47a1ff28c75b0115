//! Where a page ends: the sort key of its last row, as an opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;
use tidings_domain::Timestamp;
use uuid::Uuid;

use crate::Value;

/// A part of a sort key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    Time,
    Uuid,
    Int,
    Text,
}

impl Part {
    /// What stands before all in descending order.
    fn first(self) -> Value {
        match self {
            Self::Time => Value::Time(Timestamp::from_millis(i64::MAX)),
            Self::Uuid => Value::Uuid(Uuid::max()),
            Self::Int => Value::Int(i64::MAX),
            // Texts in keys are streams and kinds, which begin with other letters.
            Self::Text => Value::Text("zzzz".into()),
        }
    }

    fn read(self, json: &Json) -> Option<Value> {
        match self {
            Self::Time => json.as_str()?.parse().ok().map(Value::Time),
            Self::Uuid => json.as_str()?.parse().ok().map(Value::Uuid),
            Self::Int => json.as_i64().map(Value::Int),
            Self::Text => json.as_str().map(Value::from),
        }
    }
}

/// The version of the form.
const VERSION: u64 = 1;

/// The sort key after which a page begins: that of the cursor, or before all.
pub(super) fn key_after(cursor: Option<&str>, list: &str, parts: &[Part]) -> Result<Vec<Value>, String> {
    let Some(cursor) = cursor else { return Ok(parts.iter().map(|part| part.first()).collect()) };
    let rubbish = || "this is no cursor; give `next` of the page before, unchanged".to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| rubbish())?;
    let Ok(Json::Array(json)) = serde_json::from_slice(&bytes) else { return Err(rubbish()) };
    let [version, name, key @ ..] = json.as_slice() else { return Err(rubbish()) };
    if version.as_u64() != Some(VERSION) {
        return Err(rubbish());
    }
    if name != list {
        return Err(format!("this is the cursor of another list; give that of {list}"));
    }
    let key: Option<Vec<Value>> = parts.iter().zip(key).map(|(part, json)| part.read(json)).collect();
    key.filter(|key| key.len() == parts.len()).ok_or_else(rubbish)
}

/// The cursor after a row with this sort key.
pub(super) fn after<'v>(list: &str, key: impl Iterator<Item = &'v Value>) -> String {
    let mut json = vec![Json::from(VERSION), Json::from(list)];
    json.extend(key.map(|value| match value {
        Value::Int(number) => Json::from(*number),
        Value::Text(text) => Json::from(text.as_str()),
        Value::Uuid(id) => Json::from(id.to_string()),
        Value::Time(time) => Json::from(time.to_string()),
        Value::Null | Value::Bool(_) => Json::Null,
    }));
    URL_SAFE_NO_PAD.encode(Json::Array(json).to_string())
}
