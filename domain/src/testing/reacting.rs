//! What a process manager makes of an event.

use std::fmt::Debug;

use super::given::stored;
use super::sample;
use crate::process::{ProcessManager, Reaction};
use crate::{Event, StreamId};

/// A process that was shown an event.
#[derive(Clone, Debug)]
pub struct Reacting<P: ProcessManager> {
    process: P,
    question: Option<P::Question>,
}

/// Shows a process an event of this stream.
///
/// ```
/// use tidings_domain::process::{Answer, Overdue, Question};
/// use tidings_domain::testing::{on, sample};
/// use tidings_domain::{Subject, clip};
/// use std::time::Duration;
///
/// let (clip, author) = (sample::clip(1), sample::user(1));
/// on(Overdue::after(Duration::from_secs(60)), clip::stream(clip), &sample::clip_staged(1, author))
///     .asks(Question::Published { clip, author })
///     .told(Answer::Subject(Subject { unpublished: true, ..Subject::by(author) }))
///     .sends([(author, clip::Command::FailClip { clip, reason: "not published within 60 s".into() })]);
/// ```
///
/// # Panics
/// When the event does not survive being stored, or the process cannot read it.
#[track_caller]
pub fn on<P: ProcessManager, E: Event>(process: P, stream: StreamId, event: &E) -> Reacting<P> {
    let question = match process.asks(&sample::recorded(&stored(event), stream)) {
        Ok(question) => question,
        Err(error) => panic!("{} cannot read its event: {error}\n  {event:?}", process.name()),
    };
    Reacting { process, question }
}

impl<P: ProcessManager> Reacting<P> {
    /// The event is nothing to it.
    ///
    /// # Panics
    /// When it asks something.
    #[track_caller]
    pub fn asks_nothing(self) {
        assert_eq!(self.question, None, "{} asks something", self.process.name());
    }

    /// It asks this.
    ///
    /// # Panics
    /// When it asks something else, or nothing.
    #[must_use]
    #[track_caller]
    pub fn asks(self, question: P::Question) -> Self {
        assert_eq!(self.question.as_ref(), Some(&question), "{} asks something else", self.process.name());
        self
    }

    /// What it does when it is told this.
    ///
    /// # Panics
    /// When it asked nothing.
    #[must_use]
    #[track_caller]
    pub fn told(self, answer: P::Answer) -> Sends<P::Command> {
        let Some(question) = &self.question else { panic!("{} asked nothing", self.process.name()) };
        Sends(self.process.reacts(question, answer))
    }
}

/// The commands that a process gives.
#[derive(Clone, Debug)]
pub struct Sends<C>(Vec<Reaction<C>>);

impl<C: Clone + Debug + PartialEq> Sends<C> {
    /// It gives exactly these commands, in the name of these users.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn sends<D: Into<C>>(self, commands: impl IntoIterator<Item = (crate::UserId, D)>) {
        let expected: Vec<Reaction<C>> = commands
            .into_iter()
            .map(|(actor, command)| Reaction { actor, command: command.into() })
            .collect();
        assert_eq!(self.0, expected);
    }

    /// It gives none.
    ///
    /// # Panics
    /// When it gives some.
    #[track_caller]
    pub fn sends_nothing(self) {
        assert!(self.0.is_empty(), "it gives commands: {:?}", self.0);
    }
}
