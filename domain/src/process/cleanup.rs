//! What hangs on a deleted thing goes with it: its comments are removed, its likes are taken back.

use super::{Answer, Attached, ProcessManager, Question, Reaction};
use crate::{DecodeError, Event, Recorded, SocialCommand, Target, UserId, clip, comment, like, post};

/// Removes the comments on deleted posts and clips, and takes back the likes on whatever was deleted or removed.
///
/// It acts in the name of those who may: a comment is removed by who made what it is on, a like is taken back by who
/// likes. A comment or a like that was decided on while the target still lived, and landed after its end, is found when
/// it comes by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cleanup;

impl ProcessManager for Cleanup {
    type Command = SocialCommand;
    type Question = Question;
    type Answer = Answer;

    fn name(&self) -> &'static str {
        "cleanup"
    }

    fn asks(&self, event: &Recorded) -> Result<Option<Question>, DecodeError> {
        let stored = &event.event;
        Ok(match &*stored.name {
            "PostDeleted" => match post::Event::decode(stored)? {
                post::Event::PostDeleted { post, author, .. } => Some(gone(post, author)),
                _ => None,
            },
            "ClipDeleted" => match clip::Event::decode(stored)? {
                clip::Event::ClipDeleted { clip, author, .. } => Some(gone(clip, author)),
                _ => None,
            },
            "CommentRemoved" => match comment::Event::decode(stored)? {
                comment::Event::CommentRemoved { comment, author, .. } => Some(gone(comment, author)),
                _ => None,
            },
            "CommentAdded" => match comment::Event::decode(stored)? {
                comment::Event::CommentAdded { comment, target, .. } => {
                    Some(Question::Lives { what: Attached::Comment(comment), to: target })
                }
                _ => None,
            },
            "Liked" => match like::Event::decode(stored)? {
                like::Event::Liked { user, target } => {
                    Some(Question::Lives { what: Attached::Like(user), to: target })
                }
                like::Event::Unliked { .. } => None,
            },
            _ => None,
        })
    }

    fn reacts(&self, question: &Question, answer: Answer) -> Vec<Reaction<SocialCommand>> {
        match (question, answer) {
            (Question::Attached { to, author }, Answer::Attached(all)) => {
                all.into_iter().map(|what| detach(what, *to, *author)).collect()
            }
            (Question::Lives { what, to }, Answer::Subject(subject)) if subject.deleted => {
                subject.author.map(|author| detach(*what, *to, author)).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

fn gone(what: impl Into<Target>, author: UserId) -> Question {
    Question::Attached { to: what.into(), author }
}

fn detach(what: Attached, target: Target, author: UserId) -> Reaction<SocialCommand> {
    match what {
        Attached::Comment(comment) => {
            Reaction { actor: author, command: comment::Command::RemoveComment { comment }.into() }
        }
        Attached::Like(user) => {
            Reaction { actor: user, command: like::Command::Unlike { user, target }.into() }
        }
    }
}
