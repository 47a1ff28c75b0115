//! Which lines of a history tell of what went wrong.

use std::collections::BTreeSet;

use tidings_domain::{Position, StreamId};
use uuid::Uuid;

use crate::hold;
use crate::stage::Stage;

/// What the lines contain that tell of the streams and commands that a verdict names.
pub(crate) fn involved(stage: &Stage, verdict: &str) -> BTreeSet<String> {
    let (truth, asked) = (hold(&stage.truth), hold(&stage.asked));
    let words: BTreeSet<&str> =
        verdict.split(|c: char| !c.is_ascii_alphanumeric() && !"-:".contains(c)).collect();
    let named = |stream: &StreamId| words.iter().any(|word| word.len() > 8 && names(stream, word));
    let at = |word: &&str| word.parse::<Position>().ok().and_then(|at| truth.commit(at));
    let mut streams: BTreeSet<StreamId> =
        words.iter().filter_map(at).map(|landed| landed.commit.stream.clone()).collect();
    for (id, command) in &asked.commands {
        let is_named = words.contains(id.to_string().as_str());
        for stream in command.contents.iter().map(|given| given.wish.stream()) {
            if is_named || named(&stream) {
                streams.insert(stream);
            }
        }
    }
    let touches = |command: &crate::asked::Command| {
        command.contents.iter().any(|given| streams.contains(&given.wish.stream()))
    };
    let commands = asked.commands.iter().filter(|(_, command)| touches(command)).map(|(id, _)| short(*id));
    commands.chain(streams.iter().map(|stream| format!(" {stream} "))).collect()
}

/// Whether a word is a stream, or the id of what it is the stream of.
fn names(stream: &StreamId, word: &str) -> bool {
    let stream = stream.as_str();
    stream == word || word.parse::<Uuid>().is_ok() && stream.contains(word)
}

/// As the history has the ids of commands.
pub(crate) fn short(id: Uuid) -> String {
    format!(" {:08x} ", id.as_fields().0)
}

/// What befalls processes concerns every stream.
const OF_ALL: [&str; 7] =
    [" DIES ", " starts", " stops", " freezes ", " the clock ", "WRONG ", " no fault from here on"];

/// The lines of a history that contain one of these, and those that tell what befell the processes; all where there is
/// nothing to look for.
pub(crate) fn lines<'h>(history: &'h str, involved: &BTreeSet<String>) -> Vec<&'h str> {
    let tells = |line: &&str| {
        involved.is_empty()
            || involved.iter().any(|what| line.contains(what.as_str()))
            || OF_ALL.iter().any(|what| line.contains(what))
    };
    history.lines().filter(tells).collect()
}
