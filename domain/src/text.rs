//! What people write, brought to one form and checked.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

crate::rejections! {
    /// Why a text is refused.
    pub enum TextError {
        /// Nothing can be seen in it.
        Blank(Invalid, "text_blank") {
            /// Which text, such as `title`.
            field: &'static str,
            /// The most characters that it may have.
            max: usize,
        } = "the {field} is blank; write 1 to {max} characters",
        /// It is too long.
        TooLong(Invalid, "text_too_long") {
            /// Which text.
            field: &'static str,
            /// How many Unicode scalars it has, after NFC and trimming.
            found: usize,
            /// The most that it may have.
            max: usize,
        } = "the {field} has {found} characters; shorten it to {max} or fewer",
        /// It has a control character other than newline and tab.
        Control(Invalid, "text_control_character") {
            /// Which text.
            field: &'static str,
            /// The character's place, from 1, after NFC and trimming.
            at: usize,
            /// Its code point.
            code: u32,
        } = "character {at} of the {field} is the control character U+{code:04X}; \
             only newline (U+000A) and tab (U+0009) are allowed",
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
