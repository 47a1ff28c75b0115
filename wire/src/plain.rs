//! Messages that speak of JSON, where serde speaks of Rust.

/// What serde says of a value, in the words of JSON: "expected i64" becomes "expected a whole number".
///
/// ```
/// use tidings_wire::plain;
/// assert_eq!(plain("invalid type: string \"x\", expected i64"), "expected a whole number, found the text \"x\"");
/// assert_eq!(plain("invalid type: map, expected a string"), "expected a text, found an object");
/// ```
pub fn plain(message: &str) -> String {
    let Some((before, rest)) = split(message) else {
        return match message.split_once("unknown variant ") {
            Some((before, rest)) => {
                format!("{before}{}", rest.replacen(", expected one of ", " is none of ", 1))
            }
            None => message.to_owned(),
        };
    };
    let Some((found, expected)) = rest.rsplit_once(", expected ") else { return message.to_owned() };
    format!("{before}expected {}, found {}", expected_in_words(expected), found_in_words(found))
}

/// Around the words with which serde begins.
fn split(message: &str) -> Option<(&str, &str)> {
    ["invalid type: ", "invalid value: "].into_iter().find_map(|words| message.split_once(words))
}

fn found_in_words(found: &str) -> String {
    match found.split_once(' ') {
        _ if found == "map" => "an object".into(),
        _ if found == "sequence" => "a list".into(),
        Some(("string", text)) => format!("the text {text}"),
        Some(("boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("integer", number)) => number.trim_matches('`').to_owned(),
        Some(("floating", point)) => point.trim_start_matches("point ").trim_matches('`').to_owned(),
        _ => found.to_owned(),
    }
}

fn expected_in_words(expected: &str) -> String {
    let words = match expected {
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0 on",
        "f32" | "f64" => "a number",
        "a string" | "a borrowed string" | "str" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "a formatted UUID string" | "a UUID string" => "a UUID in quotes",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_of_types_stays_as_it_is() {
        for message in ["missing field `command`", "there is no query `i64`", "`x` is no field of it"] {
            assert_eq!(plain(message), message);
        }
    }

    #[test]
    fn a_word_that_is_none_of_those_known_is_told_with_them() {
        let message = "`visibility`: unknown variant `secret`, expected one of `public`, `private`";
        assert_eq!(plain(message), "`visibility`: `secret` is none of `public`, `private`");
        let field = "unknown field `x`, expected one of `id`, `query`";
        assert_eq!(plain(field), field);
    }

    #[test]
    fn no_message_names_a_type_of_rust() {
        for (message, words) in [
            ("invalid value: integer `-1`, expected u64", "expected a whole number from 0 on, found -1"),
            ("`limit`: invalid type: null, expected i64", "`limit`: expected a whole number, found null"),
            (
                "invalid type: floating point `1.5`, expected u16",
                "expected a whole number from 0 on, found 1.5",
            ),
            ("invalid type: boolean `true`, expected a string", "expected a text, found true"),
            ("invalid type: sequence, expected struct Line", "expected an object, found a list"),
        ] {
            assert_eq!(plain(message), words);
        }
    }
}
