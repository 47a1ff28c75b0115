//! Positions on the command line.

use std::collections::BTreeSet;

use tidings_domain::Position;
use tidings_wiring::StartError;

/// Reads the position of a commit, such as 3:42.
pub(super) fn parse_commit(text: &str) -> Result<Position, String> {
    let position: Position = text.parse().map_err(|error| format!("{error}"))?;
    if position.number == 0 { Err("commits are numbered from 1".into()) } else { Ok(position) }
}

/// Refuses two of one partition.
pub(super) fn one_a_partition(positions: &[Position]) -> Result<(), StartError> {
    let mut named = BTreeSet::new();
    match positions.iter().find(|position| !named.insert(position.partition)) {
        Some(twice) => Err(StartError::usage(format_args!(
            "partition {} is named twice: give one position of each partition at most",
            twice.partition
        ))),
        None => Ok(()),
    }
}
