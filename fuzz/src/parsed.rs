//! A command's name and data: what is read survives being written.

use tidings_domain::testing::sample;
use tidings_domain::{Command, SocialCommand};

/// The first byte is the command, the rest its data.
pub(crate) fn run(data: &[u8]) {
    let Some((which, rest)) = data.split_first() else { return };
    let Ok(json) = std::str::from_utf8(rest) else { return };
    let shapes: Vec<_> = SocialCommand::shapes().collect();
    let name = shapes[usize::from(*which) % shapes.len()].name;
    let parse = |data: &str| SocialCommand::parse(name, data, sample::user(1), sample::uuid(1));
    if let Ok(command) = parse(json) {
        assert_eq!(command.name(), name);
        assert_eq!(parse(&command.to_json()).as_ref(), Ok(&command), "written and read again");
    }
}
