use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::UserId;
use tidings_domain::post::{Command, Post};
use tidings_domain::testing::sample;

use super::text::{fate, texts};
use super::{Model, Step, Verdict, actors, config, run};

#[derive(Debug, Default)]
enum Paper {
    #[default]
    Blank,
    Written {
        author: UserId,
        text: &'static str,
        covered: bool,
    },
    Burnt,
}

impl Model<Post> for Paper {
    fn expect(&mut self, step: &Step<Post>) -> Verdict {
        let actor = step.actor;
        let (writer, old, covered) = match (&mut *self, &step.command) {
            (Self::Blank, Command::CreatePost { text, .. }) => {
                *self = Self::Written { author: actor.id, text: fate(text)?, covered: false };
                return Ok(vec!["PostCreated"]);
            }
            (_, Command::CreatePost { .. }) => return Err("already_exists"),
            (Self::Blank, _) => return Err("post_not_found"),
            (Self::Burnt, _) => return Err("post_deleted"),
            (Self::Written { author, text, covered }, _) => (*author, text, covered),
        };
        match &step.command {
            Command::EditPost { .. } if actor.id != writer => Err("not_author"),
            Command::EditPost { text, .. } => {
                let before = std::mem::replace(old, fate(text)?);
                Ok(if before == *old { vec![] } else { vec!["PostEdited"] })
            }
            Command::DeletePost { .. } if actor.id != writer && !actor.moderator => {
                Err("not_author_or_moderator")
            }
            Command::DeletePost { .. } => {
                *self = Self::Burnt;
                Ok(vec!["PostDeleted"])
            }
            _ if !actor.moderator => Err("not_moderator"),
            Command::HidePost { .. } => {
                let before = std::mem::replace(covered, true);
                Ok(if before { vec![] } else { vec!["PostHidden"] })
            }
            _ => {
                let before = std::mem::replace(covered, false);
                Ok(if before { vec!["PostUnhidden"] } else { vec![] })
            }
        }
    }

    fn agrees(&self, state: &Post) -> bool {
        match self {
            Self::Blank => *state == Post::default(),
            Self::Written { author, text, covered } => {
                !state.deleted
                    && (state.author, &*state.text, state.hidden) == (Some(*author), *text, *covered)
            }
            Self::Burnt => state.deleted && state.text.is_empty(),
        }
    }
}

fn commands() -> impl Strategy<Value = Command> {
    let post = sample::post(1);
    prop_oneof![
        2 => texts().prop_map(move |text| Command::CreatePost { post, text }),
        4 => texts().prop_map(move |text| Command::EditPost { post, text }),
        1 => Just(Command::DeletePost { post }),
        2 => Just(Command::HidePost { post }),
        2 => Just(Command::UnhidePost { post }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(
        steps in prop::collection::vec((actors(), commands()), 0..40)
    ) {
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(actor, command)| Step { actor, command, facts: BTreeMap::new() })
            .collect();
        run::<Post, Paper>(&steps)?;
    }
}
