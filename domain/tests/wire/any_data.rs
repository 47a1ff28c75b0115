use proptest::prelude::*;
use tidings_domain::catalogue::catalogue;
use tidings_domain::{Command, Limits};

use super::parse;
use crate::model::config;

/// A command's name and its example, with some of its bytes cut out or replaced.
fn damaged_examples() -> impl Strategy<Value = (&'static str, String)> {
    let examples: Vec<_> =
        catalogue(&Limits::default()).iter().map(|help| (help.name, help.example)).collect();
    (
        prop::sample::select(examples),
        any::<prop::sample::Index>(),
        0..4usize,
        "[\\PC\"{},:\\[\\]\\\\0-9]{0,3}",
    )
        .prop_map(|((name, example), at, cut, put)| {
            let at = at.index(example.len());
            let end = (at + cut).min(example.len());
            (name, format!("{}{put}{}", &example[..at], &example[end..]))
        })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_is_read_or_refused_and_never_panics(name in any::<String>(), data in any::<String>()) {
        prop_assert!(parse(&name, &data).is_err());
        prop_assert!(parse("CreatePost", &data).is_err());
    }

    #[test]
    fn what_is_read_of_a_damaged_example_survives_json((name, data) in damaged_examples()) {
        match parse(name, &data) {
            Ok(command) => prop_assert_eq!(parse(command.name(), &command.to_json()), Ok(command)),
            Err(error) => prop_assert!(error.to_string().starts_with(&format!("{name}: ")), "{}", error),
        }
    }
}
