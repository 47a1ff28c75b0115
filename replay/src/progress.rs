//! How far long work is.

/// How far a piece of work is in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done, in a word, such as `build`.
    pub work: &'static str,
    /// The partition.
    pub partition: u16,
    /// Commits done.
    pub done: u64,
    /// Commits to do, as far as is known.
    pub of: u64,
}
