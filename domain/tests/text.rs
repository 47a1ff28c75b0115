use tidings_domain::testing::sample;
use tidings_domain::text::{TextError, clean, clean_or_blank};

/// A family of four and a flag: what a person sees as two characters is 7 + 2 Unicode scalars.
const FAMILY_AND_FLAG: &str = "👨‍👩‍👧‍👦🇺🇳";

#[test]
fn emoji_count_as_their_scalars() {
    assert_eq!(clean("text", FAMILY_AND_FLAG, 9).as_deref(), Ok(FAMILY_AND_FLAG));
    assert_eq!(
        clean("text", FAMILY_AND_FLAG, 8),
        Err(TextError::TooLong { field: "text", found: 9, max: 8 })
    );
}

#[test]
fn a_letter_and_its_combining_mark_count_once_where_they_compose() {
    assert_eq!(clean("text", &"e\u{301}".repeat(10), 10), Ok("é".repeat(10)));
}

#[test]
fn combining_marks_that_compose_with_nothing_count_each() {
    assert_eq!(clean("text", "x\u{301}\u{302}", 3).as_deref(), Ok("x\u{301}\u{302}"));
    assert!(matches!(clean("text", "x\u{301}\u{302}", 2), Err(TextError::TooLong { found: 3, .. })));
}

#[test]
fn a_character_that_composition_takes_apart_counts_as_its_parts() {
    // U+0958 is one scalar, but two in NFC.
    assert_eq!(clean("text", "\u{958}", 2).as_deref(), Ok("\u{915}\u{93C}"));
    assert!(matches!(clean("text", "\u{958}", 1), Err(TextError::TooLong { found: 2, .. })));
}

#[test]
fn blanks_around_do_not_count() {
    assert_eq!(clean("text", " \u{2003}\n hi \t\u{A0}", 2).as_deref(), Ok("hi"));
}

#[test]
fn newlines_and_tabs_inside_stay() {
    assert_eq!(clean("text", "a\n\tb", 4).as_deref(), Ok("a\n\tb"));
}

#[test]
fn texts_that_show_nothing_are_blank() {
    for blank in ["", " ", "\n\t", "\u{A0}\u{3000}", "\u{200B}", " \u{200D}\u{FEFF} ", "\u{2060}\u{AD}"] {
        assert_eq!(clean("text", blank, 10), Err(TextError::Blank { field: "text", max: 10 }), "{blank:?}");
    }
}

#[test]
fn a_blank_text_may_be_allowed() {
    assert_eq!(clean_or_blank("text", " \n ", 10).as_deref(), Ok(""));
}

#[test]
fn every_other_control_character_is_refused_and_named() {
    for code in (0..0x20).chain(0x7F..0xA0).filter(|code| ![0x09, 0x0A].contains(code)) {
        let text = format!("ab{}c", char::from_u32(code).unwrap());
        assert_eq!(clean("title", &text, 10), Err(TextError::Control { field: "title", at: 3, code }));
    }
    assert_eq!(
        clean("title", "a\0b", 10).unwrap_err().to_string(),
        "character 2 of the title is the control character U+0000; only newline (U+000A) and tab (U+0009) \
         are allowed"
    );
}

#[test]
fn a_clean_text_is_its_own_clean_text() {
    for text in [FAMILY_AND_FLAG, "x\u{301}\u{302}", "\u{958}", &sample::text(300)] {
        let once = clean("text", text, 300).unwrap();
        assert_eq!(clean("text", &once, 300), Ok(once));
    }
}

#[test]
fn sample_texts_have_the_length_asked_for() {
    for chars in [0, 1, 2, 17, 18, 19, 2_201] {
        let text = sample::text(chars);
        assert_eq!(text.chars().count(), chars);
        assert_eq!(clean_or_blank("text", &text, chars), Ok(text));
    }
}
