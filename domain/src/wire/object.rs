//! Writes a JSON object field by field.

use serde::Serialize;

/// A JSON object being written.
#[derive(Debug)]
pub struct Object(String);

impl Object {
    /// An object without fields.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        Self("{".into())
    }

    /// Adds a field, whose name needs no escaping.
    pub fn field(&mut self, name: &str, value: &impl Serialize) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        // Ids, texts, numbers and lists of them always have a JSON form.
        self.0.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "null".into()));
    }

    /// The object's text.
    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}
