//! Whatever comes from outside, read from bytes that nobody meant.
//!
//! Each of [`TARGETS`] is a function of bytes that panics where what they are read by panics, or breaks a rule that
//! holds whatever the bytes are. `cargo fuzz` runs them with coverage (`fuzz/libfuzzer`); the tests of this package run them on
//! the kept corpus and on [mutations](mutate) of it.
//!
//! ```
//! for (name, target) in tidings_fuzz::TARGETS {
//!     target(b"rubbish");
//!     println!("{name} says nothing, which is good");
//! }
//! ```

// A target speaks by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod answered;
mod export_file;
mod export_line;
mod frames;
mod kafka_record;
pub mod mutate;
mod parsed;
mod stored_event;

/// A target's name, and the target.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("frames", frames::run),
    ("command", answered::command),
    ("query", answered::query),
    ("cursor", answered::cursor),
    ("parsed", parsed::run),
    ("stored_event", stored_event::run),
    ("kafka_record", kafka_record::run),
    ("export_line", export_line::run),
    ("export_file", export_file::run),
];

/// The target of this name.
///
/// # Panics
/// When there is none.
pub fn target(name: &str) -> fn(&[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.map(|(_, target)| *target).expect("a target of this name")
}
