//! From JSON to a command's fields: one pass where all is well, a careful second look where not.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::nearest;
use crate::{CommandError, Problem, Shape, Source};

/// Reads the fields of the command `name`, one of `shapes`.
///
/// # Errors
/// [`CommandError::Invalid`], which names the field.
pub fn parse_data<T: DeserializeOwned>(shapes: &[Shape], name: &str, data: &str) -> Result<T, CommandError> {
    // Serde would also take an array of the fields in order.
    if data.trim_ascii_start().starts_with('{')
        && let Ok(fields) = serde_json::from_str(data)
    {
        return Ok(fields);
    }
    Err(explain::<T>(shapes, name, data))
}

#[cold]
fn explain<T: DeserializeOwned>(shapes: &[Shape], name: &str, data: &str) -> CommandError {
    let shape = shapes.iter().find(|s| s.name == name);
    let (command, fields) = shape.map_or(("", &[][..]), |s| (s.name, s.fields));
    let (field, problem) = problem::<T>(fields, data);
    CommandError::Invalid { command, field, problem }
}

fn problem<T: DeserializeOwned>(fields: &[(&'static str, Source)], data: &str) -> (String, Problem) {
    let given: Map<String, Value> = match serde_json::from_str(data) {
        Ok(Value::Object(given)) => given,
        Ok(other) => return whole(format!("this is {}", kind(&other))),
        Err(error) => return whole(error.to_string()),
    };
    for field in given.keys() {
        match fields.iter().find(|(name, _)| name == field) {
            Some((name, Source::Actor)) => return (field.clone(), Problem::ActorField { field: name }),
            Some(_) => {}
            None => {
                let known =
                    fields.iter().filter(|(_, source)| *source != Source::Actor).map(|(name, _)| *name);
                let field: String = field.chars().take(60).collect();
                let nearest = nearest(&field, known);
                return (field.clone(), Problem::UnknownField { field, nearest });
            }
        }
    }
    for (field, source) in fields {
        if *source == Source::Data && !given.contains_key(*field) {
            return ((*field).into(), Problem::MissingField { field });
        }
    }
    match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(data)) {
        Err(error) => {
            let path = error.path().to_string();
            let cause = without_place(&error.into_inner().to_string());
            // A repeated field is the one mistake left that has no path.
            match fields.iter().find(|(name, _)| cause == format!("duplicate field `{name}`")) {
                Some((field, _)) => ((*field).into(), Problem::RepeatedField { field }),
                None => (path.clone(), Problem::WrongValue { field: path, cause }),
            }
        }
        // Only the end of the text can still be wrong, and then it was no JSON above.
        Ok(_) => whole("something follows it".into()),
    }
}

fn whole(cause: String) -> (String, Problem) {
    (String::new(), Problem::NotAnObject { cause })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The place is within the data, which says nothing to who wrote the whole line.
fn without_place(message: &str) -> String {
    message.rfind(" at line ").map_or(message, |end| &message[..end]).to_owned()
}
