//! A clip whose video does not come in time has failed.

use std::time::Duration;

use super::{Answer, ProcessManager, Question, Reaction};
use crate::{DecodeError, Event, Recorded, SocialCommand, clip};

/// Fails clips that were staged and are neither published nor failed when the limit has passed.
///
/// The deadline is kept nowhere: it is the staging itself, looked at when it is that old, so it survives whatever the
/// log survives. Under a shorter limit it comes sooner from the next look on; a longer one does not bring back what has
/// failed.
#[derive(Clone, Copy, Debug)]
pub struct Overdue {
    limit: Duration,
}

impl Overdue {
    /// With this limit.
    pub fn after(limit: Duration) -> Self {
        Self { limit }
    }
}

impl ProcessManager for Overdue {
    type Command = SocialCommand;
    type Question = Question;
    type Answer = Answer;

    fn name(&self) -> &'static str {
        "overdue"
    }

    fn delay(&self) -> Duration {
        self.limit
    }

    fn asks(&self, event: &Recorded) -> Result<Option<Question>, DecodeError> {
        if event.event.name != "ClipStaged" {
            return Ok(None);
        }
        Ok(match clip::Event::decode(&event.event)? {
            clip::Event::ClipStaged { clip, author, .. } => Some(Question::Published { clip, author }),
            _ => None,
        })
    }

    fn reacts(&self, question: &Question, answer: Answer) -> Vec<Reaction<SocialCommand>> {
        match (question, answer) {
            (Question::Published { clip, author }, Answer::Subject(subject))
                if subject.unpublished && !subject.deleted =>
            {
                let reason = format!("not published within {} s", self.limit.as_secs());
                let command = clip::Command::FailClip { clip: *clip, reason }.into();
                vec![Reaction { actor: *author, command }]
            }
            _ => Vec::new(),
        }
    }
}
