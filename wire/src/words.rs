//! What stands in a line that the server answers itself.

/// A line, as the server sees it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// Nothing to answer.
    Blank,
    /// It begins like a JSON object: for the service.
    Object(&'a str),
    /// `ping`.
    Ping,
    /// `help`, or `help` and a word.
    Help(Option<&'a str>),
    /// A browser, or a program that takes this for a web server.
    Http,
    /// Nothing that is known.
    Unknown,
    /// Not UTF-8: valid up to this byte.
    NotText(usize),
}

impl<'a> Line<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_matches([' ', '\t', '\r']),
            Err(error) => return Self::NotText(error.valid_up_to()),
        };
        if text.starts_with('{') {
            return Self::Object(text);
        }
        let mut words = text.split_ascii_whitespace();
        match (words.next(), words.next(), words.next()) {
            (None, ..) => Self::Blank,
            (Some(word), None, _) if word.eq_ignore_ascii_case("ping") => Self::Ping,
            (Some(word), topic, None) if word.eq_ignore_ascii_case("help") => Self::Help(topic),
            (Some(_), Some(_), Some(version)) if version.starts_with("HTTP/") => Self::Http,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case() {
        assert_eq!(Line::of(b" PiNg\t"), Line::Ping);
        assert_eq!(Line::of(b"HELP"), Line::Help(None));
        assert_eq!(Line::of(b"help CreatePost"), Line::Help(Some("CreatePost")));
    }

    #[test]
    fn what_is_no_request_is_told_apart() {
        assert_eq!(Line::of(b" \t "), Line::Blank);
        assert_eq!(Line::of(b"[1]"), Line::Unknown);
        assert_eq!(Line::of(b"help me please"), Line::Unknown);
        assert_eq!(Line::of(b"POST / HTTP/1.1"), Line::Http);
        assert_eq!(Line::of(b"{\xff"), Line::NotText(1));
    }
}
