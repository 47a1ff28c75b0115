//! A whole log as a file of JSON lines: a header, a line a commit in the order of time, an end. A storage format.
//!
//! The end names the number and hash of every partition's last commit, so that a file that was cut off is told from
//! a whole one, and one comparison proves it.

mod draft;
mod error;
mod line;
mod read;

use serde::{Deserialize, Serialize};
use tidings_domain::Timestamp;
use tidings_eventstore::{Hash, Head};

pub(crate) use self::draft::Draft;
pub use self::error::LogFileError;
pub use self::line::{read_commit, write_commit};
pub(crate) use self::read::LogFile;

/// What the first line names.
const FORMAT: &str = "tidings-log";

/// The version of the format that this program writes, and the only one that it reads.
const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    format: String,
    version: u32,
    /// How many the log has.
    pub(crate) partitions: u16,
    /// When the file was begun.
    pub(crate) exported_at: Timestamp,
    /// How many commits of each partition follow.
    pub(crate) commits: Vec<u64>,
}

impl Header {
    /// Of a log whose partitions have so many commits each.
    pub(crate) fn new(exported_at: Timestamp, commits: Vec<u64>) -> Self {
        let partitions = u16::try_from(commits.len()).unwrap_or(u16::MAX);
        Self { format: FORMAT.into(), version: VERSION, partitions, exported_at, commits }
    }
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Last {
    pub(crate) end: End,
}

/// What the last line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct End {
    /// All commits of the file.
    pub(crate) commits: u64,
    /// All their events.
    pub(crate) events: u64,
    /// The last commit of each partition, in order.
    pub(crate) heads: Vec<EndOfPartition>,
}

/// The last commit of a partition; number 0 and a hash of zeros where there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndOfPartition {
    pub(crate) number: u64,
    pub(crate) hash: String,
}

impl End {
    pub(crate) fn new<'a>(events: u64, heads: impl Iterator<Item = &'a Head>) -> Self {
        let heads: Vec<_> = heads
            .map(|Head { number, hash, .. }| EndOfPartition { number: *number, hash: hash.to_string() })
            .collect();
        Self { commits: heads.iter().map(|head| head.number).sum(), events, heads }
    }

    /// Whether it names these ends.
    pub(crate) fn names<'a>(&self, events: u64, heads: impl Iterator<Item = &'a Head>) -> bool {
        let same = |told: &EndOfPartition, found: &EndOfPartition| {
            told.number == found.number && told.hash.parse::<Hash>().ok() == found.hash.parse().ok()
        };
        let found = Self::new(events, heads);
        self.commits == found.commits
            && self.events == found.events
            && self.heads.len() == found.heads.len()
            && self.heads.iter().zip(&found.heads).all(|(told, found)| same(told, found))
    }
}
