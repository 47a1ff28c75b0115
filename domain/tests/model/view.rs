use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::testing::sample;
use tidings_domain::view::{Command, View};
use tidings_domain::{Actor, Timestamp, clip};

use super::{Model, Step, Verdict, closed, config, run, subjects};

/// Counts the views that counted.
#[derive(Debug, Default)]
struct Tally(u32);

impl Model<View> for Tally {
    fn expect(&mut self, step: &Step<View>) -> Verdict {
        let reason = closed(step.facts.values().next().unwrap());
        match step.command {
            Command::RecordView { started_at, ended_at, .. } => {
                if ended_at <= started_at {
                    return Err("view_ends_before_start");
                }
                if ended_at < started_at.plus_millis(2_000) {
                    return Err("view_too_short");
                }
                reason.map_or(Ok(()), Err)?;
                self.0 += 1;
                Ok(vec!["ClipViewed"])
            }
            Command::ShareClip { .. } => reason.map_or(Ok(vec!["ClipShared"]), Err),
        }
    }

    fn agrees(&self, state: &View) -> bool {
        state.viewed == (self.0 > 0)
    }
}

/// Times near each other, and the first and last there are.
fn times() -> impl Strategy<Value = Timestamp> + Clone {
    prop_oneof![
        8 => (0..6_000i64).prop_map(|millis| sample::time(0).plus_millis(millis)),
        1 => Just(Timestamp::from_millis(i64::MIN)),
        1 => Just(Timestamp::from_millis(i64::MAX)),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(
        steps in prop::collection::vec((prop::option::weighted(0.7, (times(), times())), subjects()), 0..40)
    ) {
        let (user, clip) = (sample::user(1), sample::clip(1));
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(view, subject)| Step {
                actor: Actor::user(user),
                command: match view {
                    Some((started_at, ended_at)) => Command::RecordView { viewer: user, clip, started_at, ended_at },
                    None => Command::ShareClip { user, clip },
                },
                facts: BTreeMap::from([(clip::stream(clip), subject)]),
            })
            .collect();
        run::<View, Tally>(&steps)?;
    }
}
