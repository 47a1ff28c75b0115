//! Sequences of commands: reactions to events by commands, what the field calls process managers.

mod cleanup;
mod overdue;
mod social;

use std::fmt::Debug;
use std::time::Duration;

use crate::{Command, DecodeError, Recorded, UserId};

pub use cleanup::Cleanup;
pub use overdue::Overdue;
pub use social::{Answer, Attached, Question};

/// A pure reaction to events by commands.
///
/// A host shows it every event of the log at least once, many side by side, so in no order that it could rely on; it asks what
/// it must know, and says which commands to give. The host derives each command's id from the event and the command, so one that is given
/// again is the same command again. What it asks is answered as of a moment after the event, so its commands may come
/// late and find that others have done their work: choose such as then change nothing.
///
/// ```
/// use tidings_domain::process::{Answer, Attached, Cleanup, ProcessManager, Question};
/// use tidings_domain::testing::sample;
/// use tidings_domain::{Target, comment, post};
///
/// let (post, author, comment) = (sample::post(1), sample::user(1), sample::comment(1));
/// let deleted = sample::recorded(&post::Event::PostDeleted { post, author, by: author }, post::stream(post));
///
/// let question = Cleanup.asks(&deleted)?.unwrap();
/// assert_eq!(question, Question::Attached { to: Target::from(post), author });
///
/// let reactions = Cleanup.reacts(&question, Answer::Attached(vec![Attached::Comment(comment)]));
/// assert_eq!(reactions[0].actor, author);
/// assert_eq!(reactions[0].command, comment::Command::RemoveComment { comment }.into());
/// # Ok::<(), tidings_domain::DecodeError>(())
/// ```
pub trait ProcessManager: Debug + Send + Sync + 'static {
    /// What it has done.
    type Command: Command;
    /// What it must know to react.
    type Question: Clone + Debug + PartialEq + Send + Sync + 'static;
    /// What it is told; where there is much, page by page.
    type Answer: Debug + Send + 'static;

    /// Its name, in kebab-case. It goes into the ids of its commands, and its progress is kept under it: with another
    /// name, it begins anew.
    fn name(&self) -> &'static str;

    /// How old an event is before it is shown to this process: a deadline is an event that is looked at late.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }

    /// What it must know to react to this event; none where the event is nothing to it.
    ///
    /// # Errors
    /// When the event is of a kind that it should know, but cannot be decoded.
    fn asks(&self, event: &Recorded) -> Result<Option<Self::Question>, DecodeError>;

    /// The commands to give, in any order.
    fn reacts(&self, question: &Self::Question, answer: Self::Answer) -> Vec<Reaction<Self::Command>>;
}

/// A command that a process gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Reaction<C> {
    /// In whose name: a process has no rights of its own.
    pub actor: UserId,
    /// What is to be done.
    pub command: C,
}
