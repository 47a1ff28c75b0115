//! Bytes to lines, without ever holding more than one line and what was just read.

use memchr::memchr;

/// What the bytes hold next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// A line, without its end.
    Line(&'a [u8]),
    /// A line that is too long. Told once, as soon as it is known; the rest of that line is thrown away.
    TooLong,
}

/// The bytes of a connection that are not yet lines.
#[derive(Debug)]
pub(crate) struct Frames {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to here no end of line was found.
    searched: usize,
    /// The line that is being received is too long, and thrown away.
    discarding: bool,
    max_line: usize,
}

/// An empty buffer of more bytes than this is given back.
const KEPT: usize = 2_048;

impl Frames {
    pub(crate) fn new(max_line: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, searched: 0, discarding: false, max_line }
    }

    /// Adds what was received. All frames must have been taken before.
    pub(crate) fn push(&mut self, received: &[u8]) {
        let mut received = received;
        if self.discarding {
            match memchr(b'\n', received) {
                Some(end) => received = &received[end + 1..],
                None => return,
            }
            self.discarding = false;
        }
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(received);
    }

    /// The next frame, if the bytes hold one.
    pub(crate) fn next(&mut self) -> Option<Frame<'_>> {
        let Some(end) = memchr(b'\n', &self.bytes[self.searched..]).map(|end| self.searched + end) else {
            return self.no_end();
        };
        let (start, carriage) = (self.start, end > self.start && self.bytes[end - 1] == b'\r');
        self.start = end + 1;
        self.searched = self.start;
        let line = &self.bytes[start..end - usize::from(carriage)];
        Some(if line.len() > self.max_line { Frame::TooLong } else { Frame::Line(line) })
    }

    fn no_end(&mut self) -> Option<Frame<'_>> {
        self.searched = self.bytes.len();
        let waiting = self.searched - self.start;
        // One more than a line may have: it could be the carriage return of its end.
        if waiting > self.max_line + 1 {
            self.discarding = true;
        }
        if waiting == 0 || self.discarding {
            self.bytes.clear();
            (self.start, self.searched) = (0, 0);
            if self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
        }
        (waiting > self.max_line + 1).then_some(Frame::TooLong)
    }

    /// Whether a line has begun and not ended.
    pub(crate) fn inside_line(&self) -> bool {
        self.discarding || self.start < self.bytes.len()
    }

    /// Whether a line that was already told to be too long goes on.
    pub(crate) fn discarding(&self) -> bool {
        self.discarding
    }

    /// Bytes of memory held.
    #[cfg(test)]
    fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

#[cfg(test)]
#[path = "frames_tests.rs"]
mod tests;
