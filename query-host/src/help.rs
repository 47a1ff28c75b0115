//! What `help` says of queries.

use tidings_projections::queries::{FieldHelp, catalogue};
use tidings_wiring::help::{Field, Topic, overview, page};

/// All queries, or one.
pub fn about(topic: Option<&str>) -> String {
    let topics: Vec<Topic> = catalogue()
        .map(|query| {
            let field = |f: &FieldHelp| Field {
                name: f.name,
                kind: f.kind,
                default: f.default,
                limits: f.limits.into(),
            };
            let fields = query.fields.iter().map(field).collect();
            Topic { name: query.name, summary: query.summary, fields, example: query.example }
        })
        .collect();
    match topic {
        Some(name) => {
            page(&topics, name, |topic| format!(r#"{{"query":"{}","data":{}}}"#, topic.name, topic.example))
        }
        None => overview(
            "Queries, one JSON object a line:",
            &topics,
            "Type `help RecentPosts` for its fields and a line to paste, `ping` to see that I am here.\n\
             `\"after\":[\"3:42\"]`, with what a command's reply gave as `at`, waits until the answer shows it: for a \
             second, or for as many milliseconds as `\"wait_ms\":5000` says.",
        ),
    }
}
