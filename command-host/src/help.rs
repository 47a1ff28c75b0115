//! What `help` says of commands, with lines that work when they are pasted.

use std::sync::{Mutex, PoisonError};

use tidings_domain::catalogue::{
    EXAMPLE_CLIP, EXAMPLE_COMMENT, EXAMPLE_POST, EXAMPLE_USER, FieldHelp, catalogue,
};
use tidings_domain::{Limits, SocialCommand, UserId, clip, comment, post};
use tidings_wiring::help::{Field, Topic, overview, page};
use uuid::Uuid;

/// What is said before anything was done: all commands, or one, with the usual limits.
pub fn help(topic: Option<&str>) -> String {
    Help::new(&Limits::default()).about(topic)
}

/// The help of the command host.
pub(crate) struct Help {
    topics: Vec<Topic>,
    /// The newest post, comment and clip made here, with their authors: examples speak of them.
    newest: Mutex<[Option<(Uuid, UserId)>; 3]>,
}

impl Help {
    pub(crate) fn new(limits: &Limits) -> Self {
        let field =
            |FieldHelp { name, kind, default, limits }: FieldHelp| Field { name, kind, default, limits };
        let topics = catalogue(limits).into_iter().map(|command| Topic {
            name: command.name,
            summary: command.summary,
            fields: command.fields.into_iter().map(field).collect(),
            example: command.example,
        });
        Self { topics: topics.collect(), newest: Mutex::default() }
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
        match topic {
            Some(name) => page(&self.topics, name, |topic| self.example(topic)),
            None => overview(
                "Commands, one JSON object a line:",
                &self.topics,
                "Type `help CreatePost` for its fields and a line to paste, `ping` to see that I am here.\n\
                 Every line names its actor, any UUID. An `id`, a UUID, makes it safe to send a line again: \
                 it happens once.",
            ),
        }
    }

    /// A line that works when pasted: about the newest things made here, in their author's name.
    fn example(&self, topic: &Topic) -> String {
        let newest = *self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut data, mut actor) = (topic.example.to_owned(), EXAMPLE_USER.to_string());
        for (stand_in, newest) in [EXAMPLE_POST, EXAMPLE_COMMENT, EXAMPLE_CLIP].iter().zip(newest) {
            let stand_in = stand_in.to_string();
            if let Some((id, author)) = newest
                && data.contains(&stand_in)
            {
                data = data.replace(&stand_in, &id.to_string());
                actor = author.to_string();
            }
        }
        format!(r#"{{"command":"{}","actor":"{actor}","data":{data}}}"#, topic.name)
    }
}
