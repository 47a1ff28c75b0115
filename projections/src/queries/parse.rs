//! From JSON to a query's fields: one pass where all is well, a careful second look where not.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tidings_domain::Problem;

use super::{Asked, QueryError, QueryHelp};

impl Asked<'_> {
    /// The fields.
    pub(super) fn fields<T: DeserializeOwned>(&self) -> Result<T, QueryError> {
        parse(self.help, self.data)
    }

    /// An error of one field.
    pub(super) fn wrong(&self, field: &str, cause: impl Into<String>) -> QueryError {
        QueryError::wrong(self.help.name, field, cause)
    }
}

/// Reads the fields of a query.
pub(super) fn parse<T: DeserializeOwned>(help: &QueryHelp, data: &str) -> Result<T, QueryError> {
    // Serde would also take an array of the fields in order.
    if data.trim_ascii_start().starts_with('{')
        && let Ok(fields) = serde_json::from_str(data)
    {
        return Ok(fields);
    }
    let (field, problem) = explain::<T>(help, data);
    Err(QueryError::Invalid { query: help.name, field, problem })
}

#[cold]
fn explain<T: DeserializeOwned>(help: &QueryHelp, data: &str) -> (String, Problem) {
    let whole = |cause: String| (String::new(), Problem::NotAnObject { cause });
    let given: Map<String, Value> = match serde_json::from_str(data) {
        Ok(Value::Object(given)) => given,
        Ok(_) => return whole("this is something else".into()),
        Err(error) => return whole(error.to_string()),
    };
    for field in given.keys() {
        if !help.fields.iter().any(|f| f.name == field) {
            let field: String = field.chars().take(60).collect();
            let nearest = nearest(&field, help.fields.iter().map(|f| f.name));
            return (field.clone(), Problem::UnknownField { field, nearest });
        }
    }
    for field in help.fields {
        if field.default.is_none() && !given.contains_key(field.name) {
            return (field.name.into(), Problem::MissingField { field: field.name });
        }
    }
    match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(data)) {
        Err(error) => {
            let field = error.path().to_string();
            let message = error.into_inner().to_string();
            // The place is within the data, which says nothing to who wrote the whole line.
            let cause = message.rfind(" at line ").map_or(&*message, |end| &message[..end]).to_owned();
            (field.clone(), Problem::WrongValue { field, cause })
        }
        Ok(_) => whole("something follows it".into()),
    }
}

/// The candidate most like `given`, where one is alike at all.
pub(super) fn nearest(given: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let given = given.chars().take(60).collect::<String>().to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&given, &candidate.to_lowercase()), candidate))
        .filter(|(alike, _)| *alike >= 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
