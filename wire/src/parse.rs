//! JSON to a type, with an error that a person can act on.

use serde::Deserialize;
use serde_json::error::Category;

use crate::{Code, ErrorReply, plain};

/// Reads a JSON text as a `T`. `at` is where the text stands in the line (`"data"`, or `""` for the line
/// itself), and begins the path of a field that is to blame.
///
/// Give `T` `#[serde(deny_unknown_fields)]`, so that a typo is not swallowed, and borrow texts as `Cow<str>`: a
/// `&str` refuses a text with escapes.
///
/// ```
/// use serde::Deserialize;
/// use tidings_wire::{Code, parse};
///
/// #[derive(Debug, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct Like { target: String }
///
/// let error = parse::<Like>(r#"{"target":7}"#, "data").unwrap_err();
/// assert_eq!((error.code, error.field.as_deref()), (Code::Invalid, Some("data.target")));
/// let error = parse::<Like>(r#"{"target":"#, "data").unwrap_err();
/// assert_eq!((error.code, error.field), (Code::Malformed, None));
/// ```
///
/// # Errors
/// `malformed`, with the column, for what is no JSON; `invalid`, with the field, for what is no `T`.
pub fn parse<'a, T: Deserialize<'a>>(text: &'a str, at: &str) -> Result<T, ErrorReply> {
    serde_json::from_str(text).map_err(|error| explain::<T>(text, at, error))
}

/// The deepest nesting, as in serde_json, which skips what is deeper without a limit where it only skips.
const MAX_DEPTH: usize = 128;

/// How deep arrays and objects stand in one another.
fn depth(text: &str) -> usize {
    let (mut deepest, mut depth, mut in_text, mut escaped) = (0, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Reads the text once more, now keeping track of the path.
#[cold]
fn explain<'a, T: Deserialize<'a>>(text: &'a str, at: &str, error: serde_json::Error) -> ErrorReply {
    let column = error.column();
    let message = error.to_string();
    // serde_json ends its messages with the place; a line has but one line, so the column is told apart.
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if error.classify() != Category::Data {
        return ErrorReply::new(Code::Malformed, format!("not JSON: {message} at column {column}"));
    }
    if depth(text) > MAX_DEPTH {
        return ErrorReply::new(Code::Malformed, format!("nested more than {MAX_DEPTH} deep"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::new(),
    };
    let path = if path == "." { "" } else { path.as_str() };
    let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let steps = [at, path, missing.unwrap_or_default()];
    let field = steps.into_iter().filter(|step| !step.is_empty()).collect::<Vec<_>>().join(".");
    let reply = ErrorReply::new(Code::Invalid, format!("{} (column {column})", plain(message)));
    if field.is_empty() { reply } else { reply.field(field) }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Line<'a> {
        #[serde(borrow)]
        command: Cow<'a, str>,
        #[serde(borrow)]
        data: &'a RawValue,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        list: Vec<u8>,
    }

    fn refusal(text: &str) -> (Code, Option<String>) {
        let error = parse::<Line>(text, "").unwrap_err();
        (error.code, error.field)
    }

    #[test]
    fn an_unknown_field_is_named() {
        assert_eq!(refusal(r#"{"comand":"A"}"#), (Code::Invalid, Some("comand".into())));
        let deep = r#"{"command":"A","data":{},"inner":{"lst":[]}}"#;
        assert_eq!(refusal(deep), (Code::Invalid, Some("inner.lst".into())));
    }

    #[test]
    fn a_missing_field_is_named() {
        assert_eq!(refusal(r#"{"command":"A"}"#), (Code::Invalid, Some("data".into())));
        let deep = r#"{"command":"A","data":{},"inner":{}}"#;
        assert_eq!(refusal(deep), (Code::Invalid, Some("inner.list".into())));
    }

    #[test]
    fn a_field_of_a_wrong_type_is_named_by_its_path() {
        let deep = r#"{"command":"A","data":{},"inner":{"list":[1,2,"3"]}}"#;
        assert_eq!(refusal(deep), (Code::Invalid, Some("inner.list[2]".into())));
    }

    #[test]
    fn broken_json_is_malformed_with_the_column() {
        let error = parse::<Line>(r#"{"command":"A",}"#, "").unwrap_err();
        assert_eq!(error.code, Code::Malformed);
        assert!(error.message.ends_with("at column 16"), "{}", error.message);
        assert!(!error.message.contains("line"), "{}", error.message);
    }

    #[test]
    fn nesting_too_deep_is_malformed() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(refusal(&format!(r#"{{"command":{deep}}}"#)).0, Code::Malformed);
        assert_eq!(parse::<Inner>(&deep, "data").unwrap_err().code, Code::Malformed);
    }

    #[test]
    fn brackets_in_a_text_are_no_nesting() {
        let text = format!(r#"{{"command":"{}","more":1}}"#, "[{\\\"".repeat(200));
        assert_eq!(refusal(&text), (Code::Invalid, Some("more".into())));
    }
}
