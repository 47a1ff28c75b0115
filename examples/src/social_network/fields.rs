//! What stands in a field, read.

use tidings_domain::{Timestamp, text};

/// A number; `column` names it in the refusal.
pub(crate) fn number(text: &str, column: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{column}: `{}` is no number", short(text)))
}

/// LDBC writes the offset without a colon: `2010-09-14T14:35:30.377+0000`.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    let with_colon = match text.split_at_checked(text.len().saturating_sub(2)) {
        Some((front, minutes)) if !front.ends_with(':') => format!("{front}:{minutes}"),
        _ => text.to_owned(),
    };
    let parsed = with_colon.parse().or_else(|_| text.parse::<Timestamp>());
    parsed.map_err(|_| {
        format!("creationDate: `{}` is no time such as 2010-09-14T14:35:30.377+0000", short(text))
    })
}

/// The text as it is, where a host will take it: what it would refuse is better told with its line.
pub(crate) fn fit(column: &'static str, content: &str, max: usize) -> Result<String, String> {
    text::clean(column, content, max).map_err(|error| error.to_string())?;
    Ok(content.to_owned())
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_and_without_a_colon_in_its_offset() {
        for text in
            ["2010-09-14T16:35:30.377+0200", "2010-09-14T16:35:30.377+02:00", "2010-09-14T14:35:30.377Z"]
        {
            assert_eq!(time(text).unwrap().to_string(), "2010-09-14T14:35:30.377Z", "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_in_few_words() {
        for text in ["", "7", "yesterday", "2010-09-14", "2010-13-14T14:35:30.377+0000", "é", "1é"] {
            assert!(time(text).is_err(), "{text}");
        }
        assert!(time(&"9".repeat(10_000)).unwrap_err().len() < 200);
    }

    #[test]
    fn a_number_is_of_digits_and_fits() {
        assert_eq!(number("18446744073709551615", "id"), Ok(u64::MAX));
        for text in ["", "-1", "1.0", "18446744073709551616", "0x1", "１"] {
            assert!(number(text, "id").is_err(), "{text}");
        }
    }
}
