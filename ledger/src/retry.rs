//! When a command that failed is tried again.

use std::time::Duration;

/// How often a promised command is tried before it is given up.
pub const ATTEMPTS: u32 = 5;

/// The longest wait between two attempts.
pub const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait after so many attempts have failed: between half and all of 2, 4, 8 … seconds, at most
/// [`LONGEST`]; `None` where it is given up. `random` are 64 random bits, so that those that failed together are not
/// tried together.
///
/// ```
/// use std::time::Duration;
/// use tidings_ledger::retry;
/// assert_eq!(retry::after(1, u64::MAX), Some(Duration::from_secs(2)));
/// assert_eq!(retry::after(3, 0), Some(Duration::from_secs(4)), "half of 8 s");
/// assert_eq!(retry::after(5, 0), None);
/// ```
pub fn after(attempts: u32, random: u64) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let whole = 2u64.saturating_pow(attempts).min(LONGEST.as_secs()) * 1_000;
    let half = whole / 2;
    // The upper half of a product is even, where a remainder would favour the small.
    let jitter = (u128::from(random) * u128::from(half + 1)) >> 64;
    Some(Duration::from_millis(half + u64::try_from(jitter).unwrap_or(half)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_within_its_bounds_and_ends() {
        for attempts in 1..ATTEMPTS {
            let most = Duration::from_secs(2u64.pow(attempts).min(60));
            assert_eq!(after(attempts, u64::MAX), Some(most));
            assert_eq!(after(attempts, 0), Some(most / 2));
        }
        for attempts in [ATTEMPTS, ATTEMPTS + 1, u32::MAX] {
            assert_eq!(after(attempts, 0), None);
        }
    }

    #[test]
    fn those_that_failed_together_are_not_tried_together() {
        let waits: std::collections::BTreeSet<_> = (0..100).map(|n| after(4, u64::MAX / 100 * n)).collect();
        assert!(waits.len() > 90, "{waits:?}");
    }
}
