use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::like::{Command, Like};
use tidings_domain::testing::sample;
use tidings_domain::{Actor, Target};

use super::{Model, Step, Verdict, closed, config, run, subjects};

/// A switch.
#[derive(Debug, Default)]
struct Switch(bool);

impl Model<Like> for Switch {
    fn expect(&mut self, step: &Step<Like>) -> Verdict {
        match (self.0, &step.command) {
            (false, Command::Like { target, .. }) => match closed(&step.facts[&target.stream()]) {
                Some(code) => Err(code),
                None => {
                    self.0 = true;
                    Ok(vec!["Liked"])
                }
            },
            (true, Command::Unlike { .. }) => {
                self.0 = false;
                Ok(vec!["Unliked"])
            }
            _ => Ok(vec![]),
        }
    }

    fn agrees(&self, state: &Like) -> bool {
        state.liked == self.0
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(
        steps in prop::collection::vec((any::<bool>(), subjects()), 0..40)
    ) {
        let (user, target) = (sample::user(1), Target::from(sample::post(1)));
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(like, subject)| Step {
                actor: Actor::user(user),
                command: if like { Command::Like { user, target } } else { Command::Unlike { user, target } },
                facts: BTreeMap::from([(target.stream(), subject)]),
            })
            .collect();
        run::<Like, Switch>(&steps)?;
    }
}
