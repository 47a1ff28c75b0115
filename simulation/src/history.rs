//! What happened, line by line, with the virtual time.

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::hold;

/// The lines of a run. The same seed writes the same bytes.
pub(crate) struct History {
    started: Instant,
    lines: Mutex<String>,
}

impl History {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), lines: Mutex::new(String::with_capacity(1 << 16)) }
    }

    /// How long it goes on.
    pub(crate) fn passed(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn write(&self, line: fmt::Arguments<'_>) {
        use fmt::Write;
        let millis = self.passed().as_millis();
        // Writing to a string does not fail.
        let _ = writeln!(hold(&self.lines), "{millis:>7} {line}");
    }

    pub(crate) fn text(&self) -> String {
        hold(&self.lines).clone()
    }

    pub(crate) fn hash(&self) -> String {
        blake3::hash(hold(&self.lines).as_bytes()).to_hex().to_string()
    }
}
