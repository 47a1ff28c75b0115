//! What `help` says: every command with its fields, limits, and a line that works when it is pasted.

use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

use tidings_domain::catalogue::{CommandHelp, catalogue};
use tidings_domain::{Limits, SocialCommand, UserId, clip, comment, post};
use uuid::Uuid;

/// The help of the command host.
pub(crate) struct Help {
    commands: Vec<CommandHelp>,
    /// The newest post, comment and clip made here, with their authors: examples speak of them.
    newest: Mutex<[Option<(Uuid, UserId)>; 3]>,
}

/// The ids that stand for a post, a comment and a clip in the catalogue's examples.
const STAND_INS: [&str; 3] = [
    "01930000-0000-7000-8000-00000000000a",
    "01930000-0000-7000-8000-00000000000b",
    "01930000-0000-7000-8000-00000000000c",
];

/// The actor of examples that speak of nothing made here.
const SOMEBODY: &str = "01930000-0000-7000-8000-000000000001";

impl Help {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { commands: catalogue(limits), newest: Mutex::default() }
    }

    /// Remembers what examples may speak of.
    pub(crate) fn carried_out(&self, command: &SocialCommand, actor: UserId) {
        let (kind, id) = match command {
            SocialCommand::Post(post::Command::CreatePost { post, .. }) => (0, post.0),
            SocialCommand::Comment(comment::Command::AddComment { comment, .. }) => (1, comment.0),
            SocialCommand::Clip(clip::Command::StageClip { clip, .. }) => (2, clip.0),
            _ => return,
        };
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)[kind] = Some((id, actor));
    }

    pub(crate) fn about(&self, topic: Option<&str>) -> String {
        let Some(topic) = topic else { return self.overview() };
        match self.commands.iter().find(|c| c.name.eq_ignore_ascii_case(topic)) {
            Some(command) => self.one(command),
            None => format!("There is no command `{topic}`. Type `help` for all of them.\n"),
        }
    }

    fn overview(&self) -> String {
        let mut text = String::from("Commands, one JSON object a line:\n\n");
        for command in &self.commands {
            let _ = writeln!(text, "  {:<18} {}", command.name, command.summary);
        }
        text.push_str(
            "\nType `help CreatePost` for its fields and a line to paste, `ping` to see that I am here.\n",
        );
        text.push_str(
            "Every line names its actor, any UUID. An `id` (a UUID) makes a repeat safe: it happens once.\n",
        );
        text
    }

    fn one(&self, command: &CommandHelp) -> String {
        let mut text = format!("{}: {}\n\n", command.name, command.summary);
        if command.fields.is_empty() {
            text.push_str("It has no fields.\n");
        }
        for field in &command.fields {
            let need = field.default.map_or("required".to_owned(), |d| format!("may be left out: {d}"));
            let limits = if field.limits.is_empty() { String::new() } else { format!("; {}", field.limits) };
            let _ = writeln!(text, "  {:<12} {}{limits}; {need}", field.name, field.kind);
        }
        let _ = writeln!(text, "\nPaste this:\n{}", self.example(command));
        text
    }

    /// A line that works when pasted: about the newest things made here, in their author's name.
    fn example(&self, command: &CommandHelp) -> String {
        let newest = *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut data, mut actor) = (command.example.to_owned(), SOMEBODY.to_owned());
        for (stand_in, newest) in STAND_INS.iter().zip(newest) {
            if let Some((id, author)) = newest
                && data.contains(stand_in)
            {
                data = data.replace(stand_in, &id.to_string());
                actor = author.to_string();
            }
        }
        format!(r#"{{"command":"{}","actor":"{actor}","data":{data}}}"#, command.name)
    }
}
