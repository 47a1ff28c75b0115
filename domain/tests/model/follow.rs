use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::Actor;
use tidings_domain::follow::{Command, Follow};
use tidings_domain::testing::sample;

use super::{Model, Step, Verdict, config, run};

/// A switch, and one that never turns on where both users are the same.
#[derive(Debug, Default)]
struct Switch(bool);

impl Model<Follow> for Switch {
    fn expect(&mut self, step: &Step<Follow>) -> Verdict {
        match step.command {
            Command::Follow { follower, user } if follower == user => Err("follows_oneself"),
            Command::Follow { .. } => {
                Ok(if std::mem::replace(&mut self.0, true) { vec![] } else { vec!["Followed"] })
            }
            Command::Unfollow { .. } => {
                Ok(if std::mem::replace(&mut self.0, false) { vec!["Unfollowed"] } else { vec![] })
            }
        }
    }

    fn agrees(&self, state: &Follow) -> bool {
        state.following == self.0
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(
        followee in 1..=2u32,
        steps in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let (follower, user) = (sample::user(1), sample::user(followee));
        let steps: Vec<_> = steps
            .into_iter()
            .map(|follow| Step {
                actor: Actor::user(follower),
                command: if follow { Command::Follow { follower, user } } else { Command::Unfollow { follower, user } },
                facts: BTreeMap::new(),
            })
            .collect();
        run::<Follow, Switch>(&steps)?;
    }
}
