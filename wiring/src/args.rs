//! The command line, refused without its secrets.

use std::process::exit;

use clap::Parser;

use crate::shown;

/// Parses the command line, or ends the process as clap would: with help, or with code 2 and what is wrong. What is
/// told holds no password, wherever on the line or in a `TIDINGS_*` variable it stood.
pub fn parse_args<A: Parser>() -> A {
    A::try_parse().unwrap_or_else(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        let told = given().fold(error.to_string(), |told, given| told.replace(&given, &shown(&given)));
        eprint!("{told}");
        exit(error.exit_code())
    })
}

/// All values that were given and hold something that is not to be shown, the longest first.
fn given() -> impl Iterator<Item = String> {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let of_flag =
        |argument: String| [argument.split_once('=').map(|(_, value)| value.to_owned()), Some(argument)];
    let variables = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TIDINGS_"));
    let variables = variables.map(|(_, value)| value.to_string_lossy().into_owned());
    let all = arguments.flat_map(of_flag).flatten().chain(variables);
    let mut all: Vec<String> = all.filter(|value| shown(value) != *value).collect();
    all.sort_by_key(|value| std::cmp::Reverse(value.len()));
    all.into_iter()
}
