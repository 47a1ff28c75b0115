//! Writes BSON into one buffer, in order and without a copy in between.

/// The types that we write.
const TEXT: u8 = 0x02;
const DOCUMENT: u8 = 0x03;
const ARRAY: u8 = 0x04;
const BINARY: u8 = 0x05;
const BOOL: u8 = 0x08;
const DATE: u8 = 0x09;
const INT: u8 = 0x10;
const LONG: u8 = 0x12;

/// The subtype of a binary that means nothing in particular.
pub(crate) const GENERIC: u8 = 0;
/// The subtype of a UUID in the order of bytes of RFC 9562.
pub(crate) const UUID: u8 = 4;

/// A document that is being written. What is opened with one of the `begin`s must be ended, the innermost first.
pub(crate) struct Writer(Vec<u8>);

/// Where an open document or array begins.
#[must_use]
pub(crate) struct Open(usize);

impl Writer {
    /// Begins the outermost document.
    pub(crate) fn begin(room: usize) -> (Self, Open) {
        let mut writer = Self(Vec::with_capacity(room));
        let open = writer.open();
        (writer, open)
    }

    pub(crate) fn begin_document(&mut self, key: &str) -> Open {
        self.key(DOCUMENT, key);
        self.open()
    }

    /// Begins an array: its elements have the keys "0", "1", …
    pub(crate) fn begin_array(&mut self, key: &str) -> Open {
        self.key(ARRAY, key);
        self.open()
    }

    pub(crate) fn end(&mut self, open: Open) {
        self.0.push(0);
        let length = length(self.0.len() - open.0);
        self.0[open.0..open.0 + 4].copy_from_slice(&length);
    }

    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.key(TEXT, key);
        self.0.extend_from_slice(&length(value.len() + 1));
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(0);
    }

    pub(crate) fn int(&mut self, key: &str, value: i32) {
        self.key(INT, key);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn long(&mut self, key: &str, value: i64) {
        self.key(LONG, key);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn bool(&mut self, key: &str, value: bool) {
        self.key(BOOL, key);
        self.0.push(u8::from(value));
    }

    /// Milliseconds since 1970.
    pub(crate) fn date(&mut self, key: &str, millis: i64) {
        self.key(DATE, key);
        self.0.extend_from_slice(&millis.to_le_bytes());
    }

    pub(crate) fn binary(&mut self, key: &str, subtype: u8, value: &[u8]) {
        self.key(BINARY, key);
        self.0.extend_from_slice(&length(value.len()));
        self.0.push(subtype);
        self.0.extend_from_slice(value);
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.0
    }

    fn open(&mut self) -> Open {
        self.0.extend_from_slice(&[0; 4]);
        Open(self.0.len() - 4)
    }

    fn key(&mut self, kind: u8, key: &str) {
        self.0.push(kind);
        self.0.extend_from_slice(key.as_bytes());
        self.0.push(0);
    }
}

/// What is written is checked to be below 16 MiB before.
fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_le_bytes()
}
