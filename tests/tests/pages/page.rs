//! The examples of a page, taken from it and tried.
//!
//! In a fenced block that is called `commands` or `queries`, a line that begins with `→ ` is sent to that port, and
//! the line after it that begins with `← ` is what must come back, where `…` stands for anything.

use std::path::Path;

use tidings_tests::{Talk, Tidings};

pub fn read(page: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page)).unwrap()
}

/// A fenced block.
pub struct Block {
    /// What stands behind the fence.
    pub kind: String,
    pub lines: Vec<(usize, String)>,
}

pub fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut open): (Vec<Block>, Option<Block>) = (Vec::new(), None);
    for (number, line) in (1..).zip(page.lines()) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some(Block { kind: kind.into(), lines: Vec::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push((number, line.into())),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Tries all examples of a page, in order; tells how many there were.
pub async fn tried(name: &str, tidings: &Tidings) -> usize {
    let (mut commands, mut queries) = (tidings.commander().await, tidings.asker().await);
    let mut count = 0;
    for block in blocks(&read(name)) {
        let talk: &mut Talk = match block.kind.as_str() {
            "commands" => &mut commands,
            "queries" => &mut queries,
            _ => continue,
        };
        let mut reply: Option<String> = None;
        for (number, line) in &block.lines {
            if let Some(sent) = line.strip_prefix("→ ") {
                assert_eq!(reply, None, "{name}:{number}: the reply before it is not shown");
                reply = Some(talk.text(sent).await);
            } else if let Some(expected) = line.strip_prefix("← ") {
                let reply = reply.take().unwrap_or_else(|| panic!("{name}:{number}: a reply to nothing"));
                assert!(fits(&reply, expected), "{name}:{number} says\n  {expected}\nbut it was\n  {reply}");
                count += 1;
            } else {
                panic!("{name}:{number}: a line is sent (→) or comes back (←)");
            }
        }
        assert_eq!(reply, None, "{name}: a reply is not shown at the end of a block");
    }
    count
}

/// Whether a text is as expected, where `…` stands for anything.
fn fits(text: &str, expected: &str) -> bool {
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn dots_stand_for_anything_and_nothing_else_does() {
    assert!(fits(r#"{"a":1}"#, r#"{"a":1}"#) && fits(r#"{"a":1}"#, r#"{"a":…}"#) && fits("abc", "…b…"));
    assert!(
        !fits(r#"{"a":1}"#, r#"{"a":2}"#) && !fits(r#"{"a":1,"b":2}"#, r#"{"a":1}"#) && !fits("abc", "b…")
    );
}
