use proptest::prelude::*;
use tidings_domain::text::{TextError, clean, clean_or_blank};

use super::config;

/// Texts whose fate is known by heart.
const TEXTS: [(&str, Result<&str, &str>); 8] = [
    ("a", Ok("a")),
    (" a\n", Ok("a")),
    ("b", Ok("b")),
    ("cafe\u{301}", Ok("café")),
    ("café", Ok("café")),
    (" \t", Err("text_blank")),
    ("x\0y", Err("text_control_character")),
    ("LONG", Err("text_too_long")),
];

/// One of them; the one too long is longer than every limit.
pub(super) fn texts() -> impl Strategy<Value = String> + Clone {
    prop::sample::select(&TEXTS[..])
        .prop_map(|(text, _)| if text == "LONG" { "x".repeat(2_201) } else { text.to_owned() })
}

/// What becomes of one of them.
pub(super) fn fate(text: &str) -> Result<&'static str, &'static str> {
    TEXTS.iter().find(|(known, _)| *known == text).map_or(Err("text_too_long"), |(_, fate)| *fate)
}

/// As [`fate`], where a blank is allowed.
pub(super) fn fate_or_blank(text: &str) -> Result<&'static str, &'static str> {
    fate(text).or_else(|code| if code == "text_blank" { Ok("") } else { Err(code) })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_cleaned_or_refused_and_never_panics(text in any::<String>(), max in 0..40usize) {
        match clean("text", &text, max) {
            Ok(cleaned) => {
                prop_assert!((1..=max).contains(&cleaned.chars().count()));
                prop_assert_eq!(cleaned.trim(), &cleaned);
                prop_assert_eq!(clean("text", &cleaned, max), Ok(cleaned));
            }
            Err(TextError::TooLong { found, .. }) => prop_assert!(found > max),
            Err(TextError::Control { code, .. }) => {
                prop_assert!(text.chars().any(|c| u32::from(c) == code && c.is_control()));
            }
            Err(TextError::Blank { .. }) => prop_assert!(clean_or_blank("text", &text, max).is_ok()),
        }
    }
}
