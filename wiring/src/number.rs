//! Numbers on the command line, and in what is said.

use std::fmt::Display;
use std::str::FromStr;

/// The most partitions of a log, on every store.
const MOST_PARTITIONS: u16 = 256;

/// Reads a whole number, 1 at least: for what there cannot be none of.
///
/// ```
/// assert_eq!(tidings_wiring::parse_count::<usize>("3"), Ok(3));
/// assert!(tidings_wiring::parse_count::<usize>("0").is_err());
/// ```
///
/// # Errors
/// What is no such number; the message says what is.
pub fn parse_count<N: FromStr + From<u8> + PartialOrd>(text: &str) -> Result<N, String> {
    let number = text.parse().ok().filter(|number| *number >= N::from(1));
    number.ok_or_else(|| "give a whole number, 1 at least".to_owned())
}

/// Reads how many partitions a log shall have.
///
/// # Errors
/// What no log has; the message says what one may have.
pub fn parse_partitions(text: &str) -> Result<u16, String> {
    let number = parse_count(text).ok().filter(|number| *number <= MOST_PARTITIONS);
    number.ok_or_else(|| format!("a log has 1 to {MOST_PARTITIONS} partitions"))
}

/// So many of a thing, in words that fit the number.
///
/// ```
/// use tidings_wiring::counted;
/// assert_eq!(counted(1, "event is", "events are"), "1 event is");
/// assert_eq!(counted(0_u64, "event is", "events are"), "0 events are");
/// ```
pub fn counted<N: Display + From<u8> + PartialEq>(count: N, one: &str, many: &str) -> String {
    let words = if count == N::from(1) { one } else { many };
    format!("{count} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_1_at_least_and_a_log_has_256_partitions_at_most() {
        assert_eq!(
            (parse_count("1"), parse_partitions("1"), parse_partitions("256")),
            (Ok(1_u64), Ok(1), Ok(256))
        );
        for wrong in ["", "0", "-1", "1.5", "99999999999999999999999", "many"] {
            assert!(parse_count::<u64>(wrong).is_err() && parse_partitions(wrong).is_err(), "{wrong}");
        }
        assert!(parse_partitions("257").is_err());
    }
}
