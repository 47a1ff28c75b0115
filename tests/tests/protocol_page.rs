//! The tables in docs/protocol.md are true: fields as in `help`, codes and reasons as in the programs.

use std::fmt::Write;

use tidings_domain::{Class, Limits, SocialCommand, catalogue};
use tidings_projections::queries;
use tidings_wire::Code;

const PAGE: &str = include_str!("../../docs/protocol.md");

/// The beginning of a section: heading, summary, and a row for each field.
fn section<'a>(
    name: &str,
    summary: &str,
    fields: impl IntoIterator<Item = (&'a str, &'a str, &'a str, Option<&'a str>)>,
) -> String {
    let mut text = format!("### `{name}`\n\n{summary}\n\n");
    let mut rows = String::new();
    for (field, kind, limits, default) in fields {
        let need = default.map_or("required".into(), |d| format!("may be left out ({d})"));
        let _ = writeln!(rows, "| `{field}` | {kind} | {limits} | {need} |");
    }
    if rows.is_empty() {
        text.push_str("It has no fields.\n");
    } else {
        let _ = write!(text, "| field | type | limits | |\n|---|---|---|---|\n{rows}");
    }
    // Markdown would take `<uuid>` for a tag.
    text.replace('<', "\\<") + "\n"
}

#[test]
fn the_page_has_the_fields_of_every_command_and_query() {
    let commands = catalogue::catalogue(&Limits::default()).into_iter().map(|command| {
        let fields = command.fields.iter().map(|f| (f.name, f.kind, f.limits.as_str(), f.default));
        section(command.name, command.summary, fields)
    });
    let queries = queries::catalogue().map(|query| {
        let fields = query.fields.iter().map(|f| (f.name, f.kind, f.limits, f.default));
        section(query.name, query.summary, fields)
    });
    let mut rest = PAGE;
    let mut sections = 0;
    for section in commands.chain(queries) {
        let Some(place) = rest.find(&section) else {
            panic!("docs/protocol.md should have, here in the order of `help`:\n\n{section}");
        };
        rest = &rest[place + section.len()..];
        sections += 1;
    }
    let headings = PAGE.lines().filter(|line| line.starts_with("### `")).count();
    assert_eq!(headings, sections, "docs/protocol.md tells of a command or query that is not there");
}

/// The first two cells of the rows of the table under a heading, without their quotes.
fn rows(heading: &str) -> Vec<(&'static str, &'static str)> {
    let (_, section) = PAGE.split_once(heading).expect("the heading is there");
    let section = section.split("\n## ").next().unwrap_or_default();
    let cell = |cell: &'static str| cell.trim().trim_matches('`');
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        Some((cell(cells.next()?), cell(cells.next()?)))
    };
    section.lines().filter_map(row).collect()
}

#[test]
fn the_page_has_every_reason_with_its_code() {
    let reasons = SocialCommand::rejection_codes().into_iter().map(|(reason, class)| {
        let code = match class {
            Class::Invalid => Code::Invalid,
            Class::Rejected => Code::Rejected,
            Class::NotFound => Code::NotFound,
            Class::Gone => Code::Gone,
            Class::Forbidden => Code::Forbidden,
        };
        (reason, code.as_str())
    });
    assert_eq!(rows("\n## Reasons\n"), reasons.collect::<Vec<_>>());
}

#[test]
fn the_page_has_every_code_and_whether_to_retry() {
    let codes = Code::ALL.map(|code| (code.as_str(), if code.retry() { "yes" } else { "no" }));
    assert_eq!(rows("\n| code | retry | meaning |\n"), codes);
    let names: Vec<_> = rows("\n## Codes, one by one\n").into_iter().map(|(code, _)| code).collect();
    assert_eq!(names, Code::ALL.map(Code::as_str));
}
