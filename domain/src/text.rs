//! What people write, brought to one form and checked.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::Class;

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing can be seen in it.
    #[error("the {field} is blank; write 1 to {max} characters")]
    Blank {
        /// Which text, such as `title`.
        field: &'static str,
        /// The most characters that it may have.
        max: usize,
    },
    /// It is too long.
    #[error("the {field} has {found} characters; shorten it to {max} or fewer")]
    TooLong {
        /// Which text.
        field: &'static str,
        /// How many Unicode scalars it has, after NFC and trimming.
        found: usize,
        /// The most that it may have.
        max: usize,
    },
    /// It has a control character other than newline and tab.
    #[error(
        "character {at} of the {field} is the control character U+{code:04X}; \
         only newline (U+000A) and tab (U+0009) are allowed"
    )]
    Control {
        /// Which text.
        field: &'static str,
        /// The character's place, from 1, after NFC and trimming.
        at: usize,
        /// Its code point.
        code: u32,
    },
}

impl TextError {
    /// Stable, in snake_case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Blank { .. } => "text_blank",
            Self::TooLong { .. } => "text_too_long",
            Self::Control { .. } => "text_control_character",
        }
    }

    /// A bad text is bad in every state.
    pub fn class(&self) -> Class {
        Class::Invalid
    }
}

/// The text in NFC and trimmed, of 1 to `max` Unicode scalars.
///
/// # Errors
/// When it is blank, too long, or has a control character; `field` names it in the message.
///
/// ```
/// use tidings_domain::text;
/// assert_eq!(text::clean("title", "  cafe\u{301} ", 4)?, "café");
/// assert!(text::clean("title", " \n ", 4).is_err());
/// # Ok::<(), text::TextError>(())
/// ```
pub fn clean(field: &'static str, text: &str, max: usize) -> Result<String, TextError> {
    let text = clean_or_blank(field, text, max)?;
    if text.chars().all(invisible) {
        return Err(TextError::Blank { field, max });
    }
    Ok(text)
}

/// As [`clean`], but the text may be blank too.
///
/// # Errors
/// When it is too long, or has a control character.
pub fn clean_or_blank(field: &'static str, text: &str, max: usize) -> Result<String, TextError> {
    let text = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.trim().to_owned(),
        _ => text.nfc().collect::<String>().trim().to_owned(),
    };
    let mut found = 0;
    for c in text.chars() {
        found += 1;
        if c.is_control() && c != '\n' && c != '\t' {
            return Err(TextError::Control { field, at: found, code: u32::from(c) });
        }
    }
    if found > max {
        return Err(TextError::TooLong { field, found, max });
    }
    Ok(text)
}

/// White space, and the characters without width that people fill empty texts with.
fn invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{3164}' | '\u{FEFF}')
}
