//! What comes back.

use std::io::{ErrorKind, Read};

use crate::Failure;

/// Takes whole lines out of what a connection brings.
#[derive(Default)]
pub(crate) struct Replies {
    /// The front of a line whose end has not come yet.
    part: Vec<u8>,
}

impl Replies {
    /// Reads what is there and hands over each whole reply. `room` is shared by all connections of a thread.
    pub(crate) fn read(
        &mut self,
        from: &mut impl Read,
        room: &mut [u8],
        mut take: impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        loop {
            let size = match from.read(room) {
                Ok(0) => return Err("the host closed the connection".into()),
                Ok(size) => size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            self.split(&room[..size], &mut take)?;
            // A read that filled less than its room has emptied the socket, so no second one is needed to know.
            if size < room.len() {
                return Ok(());
            }
        }
    }

    fn split(
        &mut self,
        bytes: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.part.is_empty() && line.ends_with(b"\n") {
                check(line)?;
                take(line)?;
                continue;
            }
            self.part.extend_from_slice(line);
            if line.ends_with(b"\n") {
                let whole = std::mem::take(&mut self.part);
                check(&whole)?;
                take(&whole)?;
            }
        }
        Ok(())
    }
}

/// A reply says `"ok":true` within its first bytes, just after the id.
fn check(reply: &[u8]) -> Result<(), Failure> {
    let front = &reply[..reply.len().min(80)];
    if front.windows(9).any(|bytes| bytes == b"\"ok\":true") {
        return Ok(());
    }
    Err(format!("not ok: {}", String::from_utf8_lossy(reply).trim_end()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(parts: &[&str]) -> Result<Vec<String>, Failure> {
        let (mut replies, mut taken) = (Replies::default(), Vec::new());
        for part in parts {
            let mut take = |line: &[u8]| {
                taken.push(String::from_utf8_lossy(line).trim_end().to_owned());
                Ok(())
            };
            replies.read(&mut part.as_bytes(), &mut [0; 64], &mut take)?;
        }
        Ok(taken)
    }

    #[test]
    fn replies_come_whole_however_they_are_cut() {
        let parts = ["{\"ok\":true}\n{\"o", "k\":true,\"a\"", ":1}\n{\"ok\":true,\"b\":2}\n"];
        let whole = [r#"{"ok":true}"#, r#"{"ok":true,"a":1}"#, r#"{"ok":true,"b":2}"#];
        assert_eq!(read_all(&parts).unwrap(), whole);
    }

    #[test]
    fn a_refusal_ends_the_measurement() {
        let error = read_all(&["{\"ok\":false}\n"]).unwrap_err();
        assert_eq!(error.to_string(), "not ok: {\"ok\":false}");
    }
}
