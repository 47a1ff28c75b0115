//! Time as a value. The domain has no clock.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, of the years 0 to 9999.
///
/// Written as RFC 3339 in UTC with milliseconds: `2026-11-21T07:45:56.123Z`, so texts sort as times do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

const FIRST: i64 = -62_167_219_200_000; // 0000-01-01T00:00:00.000Z
const LAST: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

impl Timestamp {
    /// From milliseconds since 1970; a moment outside the years 0 to 9999 becomes the nearest inside.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(FIRST, LAST))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This many milliseconds later (or earlier, where negative).
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// The day in UTC, as `2026-11-21`.
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

/// A text is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time of the form 2026-11-21T07:45:56.123Z (RFC 3339)")]
pub struct TimestampError(String);

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || TimestampError(text.chars().take(60).collect());
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| fail())?;
        let millis = moment.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(millis).ok().filter(|m| (FIRST..=LAST).contains(m)).map(Self).ok_or_else(fail)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1000)).map_err(|_| fmt::Error)?;
        let (date, (hour, minute, second)) = (moment.date(), moment.to_hms());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        // Of the years 0 to 9999, so each has its digits. By hand, since rebuilds write millions.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        write_digits(&mut text[0..4], year.unsigned_abs());
        write_digits(&mut text[5..7], month.into());
        write_digits(&mut text[8..10], day.into());
        write_digits(&mut text[11..13], hour.into());
        write_digits(&mut text[14..16], minute.into());
        write_digits(&mut text[17..19], second.into());
        write_digits(&mut text[20..23], u32::try_from(self.0.rem_euclid(1000)).map_err(|_| fmt::Error)?);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

/// The last digits of a number, as many as there is room for.
fn write_digits(text: &mut [u8], mut number: u32) {
    for digit in text.iter_mut().rev() {
        // One digit is less than ten.
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_text() {
        for text in ["2026-11-21T07:45:56.123Z", "1969-12-31T23:59:59.999Z", "0000-01-01T00:00:00.000Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        let offset: Timestamp = "2026-11-21T09:45:56.1239+02:00".parse().unwrap();
        assert_eq!(offset.to_string(), "2026-11-21T07:45:56.123Z");
    }

    #[test]
    fn rubbish_is_refused() {
        for text in ["", "now", "2026-11-21", "2026-13-01T00:00:00Z"] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
