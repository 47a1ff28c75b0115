//! Times on the command line.

use std::time::Duration;

/// Reads a time such as `30s`, `5m`, `12h` or `7d`.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(tidings_wiring::parse_duration("90s"), Ok(Duration::from_secs(90)));
/// assert!(tidings_wiring::parse_duration("90").is_err());
/// ```
///
/// # Errors
/// What is no such time; the message says how to write one.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let units = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];
    let read = |(unit, seconds): (&str, u64)| {
        let number = text.strip_suffix(unit)?.parse::<u64>().ok()?;
        number.checked_mul(seconds).map(Duration::from_secs)
    };
    let wrong = || "write a whole number and s, m, h or d: 30s, 5m, 12h, 7d".to_owned();
    units.into_iter().find_map(read).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_a_number_and_a_unit() {
        for (text, seconds) in [("0s", 0), ("5m", 300), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "s", "7", "-1s", "1.5h", "7 d", "7w", "99999999999999999d", "é"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
