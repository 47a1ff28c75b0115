//! What `help` says to a person: an overview of all requests, and a page on each.

use std::fmt::Write;

/// A request that a host takes, for its help.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Data that it takes, as JSON.
    pub example: &'static str,
}

/// A field of a request.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its type, in words.
    pub kind: &'static str,
    /// What it is where it is left out; none where it is required.
    pub default: Option<&'static str>,
    /// What else it must be; empty where nothing.
    pub limits: String,
}

/// All topics, a line each, between a first line and closing words.
pub fn overview(first: &str, topics: &[Topic], closing: &str) -> String {
    let mut text = format!("{first}\n\n");
    for topic in topics {
        let _ = writeln!(text, "  {:<18} {}", topic.name, topic.summary);
    }
    let _ = writeln!(text, "\n{closing}");
    text
}

/// One topic with its fields and a line to paste; where there is none of this name, that.
pub fn page(topics: &[Topic], name: &str, line: impl FnOnce(&Topic) -> String) -> String {
    let Some(topic) = topics.iter().find(|topic| topic.name.eq_ignore_ascii_case(name)) else {
        return format!("There is nothing of the name `{name}`. Type `help` for all there is.\n");
    };
    let mut text = format!("{}: {}\n\n", topic.name, topic.summary);
    if topic.fields.is_empty() {
        text.push_str("It has no fields.\n");
    }
    for field in &topic.fields {
        let need = field.default.map_or("required".to_owned(), |d| format!("may be left out ({d})"));
        let limits = if field.limits.is_empty() { String::new() } else { format!("; {}", field.limits) };
        let _ = writeln!(text, "  {:<12} {}{limits}; {need}", field.name, field.kind);
    }
    let _ = writeln!(text, "\nPaste this:\n{}", line(topic));
    text
}
