use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::comment::{Command, Comment, stream};
use tidings_domain::testing::sample;
use tidings_domain::{CommentId, Subject, Target, UserId};

use super::text::{fate, texts};
use super::{Model, Step, Verdict, actors, closed, config, run, subjects};

#[derive(Debug, Default)]
enum Note {
    #[default]
    Blank,
    Pinned {
        author: UserId,
        on: Target,
        text: &'static str,
    },
    TornOff,
}

/// What the step knows of a stream.
fn known(step: &Step<Comment>, stream: &tidings_domain::StreamId) -> Subject {
    step.facts.get(stream).cloned().unwrap_or_default()
}

fn pin(
    step: &Step<Comment>,
    target: Target,
    parent: Option<CommentId>,
    text: &str,
) -> Result<Note, &'static str> {
    if matches!(target, Target::Comment(_)) {
        return Err("target_is_comment");
    }
    let text = fate(text)?;
    if let Some(code) = closed(&known(step, &target.stream())) {
        return Err(code);
    }
    if let Some(parent) = parent {
        let parent = known(step, &stream(parent));
        match parent.target {
            None => return Err("parent_not_found"),
            Some(on) if on != target => return Err("parent_elsewhere"),
            Some(_) if parent.deleted => return Err("parent_removed"),
            Some(_) => {}
        }
    }
    Ok(Note::Pinned { author: step.actor.id, on: target, text })
}

impl Model<Comment> for Note {
    fn expect(&mut self, step: &Step<Comment>) -> Verdict {
        let actor = step.actor;
        match (&mut *self, &step.command) {
            (Self::Blank, Command::AddComment { target, parent, text, .. }) => {
                *self = pin(step, *target, *parent, text)?;
                Ok(vec!["CommentAdded"])
            }
            (_, Command::AddComment { .. }) => Err("already_exists"),
            (Self::Blank, _) => Err("comment_not_found"),
            (Self::TornOff, _) => Err("comment_removed"),
            (Self::Pinned { author, text: old, .. }, Command::EditComment { text, .. }) => {
                if actor.id != *author {
                    return Err("not_author");
                }
                let before = std::mem::replace(old, fate(text)?);
                Ok(if before == *old { vec![] } else { vec!["CommentEdited"] })
            }
            (Self::Pinned { author, on, .. }, Command::RemoveComment { .. }) => {
                let host = known(step, &on.stream()).author;
                if ![Some(*author), host].contains(&Some(actor.id)) && !actor.moderator {
                    return Err("may_not_remove");
                }
                *self = Self::TornOff;
                Ok(vec!["CommentRemoved"])
            }
        }
    }

    fn agrees(&self, state: &Comment) -> bool {
        match self {
            Self::Blank => *state == Comment::default(),
            Self::Pinned { author, on, text } => {
                let origin = state.origin.map(|o| (o.author, o.target));
                !state.removed && (origin, &*state.text) == (Some((*author, *on)), *text)
            }
            Self::TornOff => state.removed && state.text.is_empty(),
        }
    }
}

fn targets() -> impl Strategy<Value = Target> + Clone {
    prop_oneof![
        4 => Just(Target::from(sample::post(1))),
        4 => Just(Target::from(sample::clip(1))),
        1 => Just(Target::from(sample::comment(7))),
    ]
}

fn commands() -> impl Strategy<Value = Command> {
    let comment = sample::comment(1);
    let parents = prop::option::of(prop_oneof![Just(sample::comment(7)), Just(comment)]);
    prop_oneof![
        3 => (targets(), parents, texts())
            .prop_map(move |(target, parent, text)| Command::AddComment { comment, target, parent, text }),
        3 => texts().prop_map(move |text| Command::EditComment { comment, text }),
        1 => Just(Command::RemoveComment { comment }),
    ]
}

fn steps() -> impl Strategy<Value = Step<Comment>> {
    let parent = (subjects(), prop::option::weighted(0.9, targets()))
        .prop_map(|(subject, target)| Subject { target, ..subject });
    (actors(), commands(), subjects(), subjects(), parent).prop_map(|(actor, command, post, clip, parent)| {
        Step {
            actor,
            command,
            facts: BTreeMap::from([
                (Target::from(sample::post(1)).stream(), post),
                (Target::from(sample::clip(1)).stream(), clip),
                (stream(sample::comment(7)), parent),
            ]),
        }
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(steps in prop::collection::vec(steps(), 0..40)) {
        run::<Comment, Note>(&steps)?;
    }
}
