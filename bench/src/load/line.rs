//! The lines that are sent.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// Where the next request comes from.
pub(crate) trait Requests {
    /// Writes one line, with its line feed, at the end of `into`.
    fn write(&mut self, into: &mut Vec<u8>);
}

/// `CreatePost` commands, each with an id of its own: UUIDs version 7 that hold a running number in their last
/// 48 bits.
pub(crate) struct Commands {
    line: Vec<u8>,
    salt: u64,
    number: u64,
}

/// Where the id stands in a line and in its reply.
const ID: std::ops::Range<usize> = 7..43;

impl Commands {
    /// Posts of this text.
    pub(crate) fn new(text: &str) -> Self {
        let nobody = Uuid::nil();
        let actor = Uuid::now_v7();
        let line = format!(
            "{{\"id\":\"{nobody}\",\"command\":\"CreatePost\",\"actor\":\"{actor}\",\"data\":{{\"text\":\"{text}\"}}}}\n"
        );
        Self { line: line.into_bytes(), salt: actor.as_u64_pair().1 >> 32, number: 0 }
    }
}

impl Commands {
    /// How many lines were made.
    pub(crate) fn made(&self) -> u64 {
        self.number
    }
}

impl Requests for Commands {
    fn write(&mut self, into: &mut Vec<u8>) {
        let millis = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64);
        let high = (millis << 16) | 0x7000 | (self.salt & 0x0fff);
        let low = (0x8000 << 48) | ((self.salt >> 12 & 0x3fff) << 48) | (self.number & 0xffff_ffff_ffff);
        let mut text = [0; 36];
        Uuid::from_u64_pair(high, low).hyphenated().encode_lower(&mut text);
        self.line[ID].copy_from_slice(&text);
        self.number += 1;
        into.extend_from_slice(&self.line);
    }
}

/// The running number of the command that a reply answers; `None` where it bears no id of ours.
pub(crate) fn number(reply: &[u8]) -> Option<u64> {
    let id = reply.strip_prefix(b"{\"id\":\"")?.get(..36)?;
    u64::from_str_radix(std::str::from_utf8(&id[24..]).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_an_id_of_its_own_that_tells_its_number() {
        let mut commands = Commands::new("hello");
        let mut lines = Vec::new();
        commands.write(&mut lines);
        commands.write(&mut lines);
        let lines = String::from_utf8(lines).unwrap();
        let ids: Vec<Uuid> = lines.lines().map(|line| line[ID].parse().unwrap()).collect();
        assert_eq!(ids.len(), 2);
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.get_version_num() == 7), "{ids:?}");
        assert_eq!(number(lines.lines().nth(1).unwrap().as_bytes()), Some(1));
        let parsed: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(parsed["data"]["text"], "hello");
    }
}
