//! The numbers of a plan, by name: to say how one plan differs from another, to change one on a command line, and to make
//! one smaller.

use std::time::Duration;

use crate::{Odds, Plan};

/// One number of a plan.
pub(crate) struct Knob {
    pub(crate) name: &'static str,
    /// The least that still is a run.
    pub(crate) least: u64,
    pub(crate) get: fn(&Plan) -> u64,
    pub(crate) set: fn(&mut Plan, u64),
}

macro_rules! knobs {
    (
        sizes { $( $size:ident >= $least:literal, )+ }
        times { $( $time:ident, )+ }
        odds { $( $odd:ident, )+ }
    ) => {
        /// How large a run is: the fewer the better for who reads its history.
        pub(crate) const SIZES: &[Knob] = &[
            $( Knob {
                name: stringify!($size),
                least: $least,
                get: |plan| plan.$size.try_into().unwrap_or(u64::MAX),
                set: |plan, to| plan.$size = to.try_into().unwrap_or(plan.$size),
            }, )+
        ];

        /// Times, in milliseconds.
        pub(crate) const TIMES: &[Knob] = &[
            $( Knob {
                name: stringify!($time),
                least: 0,
                get: |plan| plan.$time.as_millis().try_into().unwrap_or(u64::MAX),
                set: |plan, to| plan.$time = Duration::from_millis(to),
            }, )+
        ];

        /// How likely each fault is, in thousandths.
        pub(crate) const ODDS: &[Knob] = &[
            $( Knob {
                name: concat!("odds.", stringify!($odd)),
                least: 0,
                get: |plan| plan.odds.$odd.into(),
                set: |plan, to| plan.odds.$odd = to.try_into().unwrap_or(plan.odds.$odd),
            }, )+
        ];
    };
}

knobs! {
    sizes {
        clients >= 1, commands >= 1, hosts >= 1, relays >= 1, projectors >= 1, users >= 1, partitions >= 1, lanes >= 1,
        batch >= 1, cached >= 1, retries >= 0, page >= 1, unwaited >= 0, backlog >= 1, at_once >= 1,
    }
    times { faulty, rest, patience, owners_patience, lease, }
    odds {
        slow, refused, doubt_nothing, doubt_done, doubt_late, doubt_part, pieces, lag, read_error, short_read,
        ledger_nothing, ledger_done, ledger_late, ledger_full, ledger_slow, operated, publish_refused, publish_done,
        publish_part, bus_error, record_lost, record_repeated, record_held, step_refused, step_done, step_late,
        model_error, switched, lost_steps, retried, released, rebalanced, forgotten, made_anew, foreign, frozen, death,
        stopped, abandoned, jump, outage,
    }
}

fn all() -> impl Iterator<Item = &'static Knob> {
    SIZES.iter().chain(TIMES).chain(ODDS)
}

impl Plan {
    /// Changes some of its numbers, one after another: `clients=1,faulty=2500,odds=0,odds.death=8`. Times are in
    /// milliseconds, odds in thousandths; `odds` alone are all of them.
    ///
    /// ```
    /// use tidings_simulation::Plan;
    /// let plan = Plan::of(7).with("clients=1,odds.death=0").unwrap();
    /// assert_eq!((plan.clients, plan.odds.death), (1, 0));
    /// assert!(Plan::of(7).with("hats=1").is_err());
    /// ```
    ///
    /// # Errors
    /// Where a name is not known, or what is given is not a number; the message says which.
    pub fn with(mut self, changes: &str) -> Result<Self, String> {
        for change in changes.split(',').filter(|change| !change.is_empty()) {
            let (name, to) = change.split_once('=').ok_or_else(|| format!("{change} is not NAME=NUMBER"))?;
            let to: u64 = to.parse().map_err(|_| format!("{to} is no number"))?;
            if name == "odds" {
                ODDS.iter().for_each(|odds| (odds.set)(&mut self, to));
                continue;
            }
            let knob = all().find(|knob| knob.name == name);
            let knob = knob.ok_or_else(|| {
                let names: Vec<_> = all().map(|knob| knob.name).collect();
                format!("a plan has no {name}; it has {}", names.join(", "))
            })?;
            (knob.set)(&mut self, to.max(knob.least));
        }
        Ok(self.fitting())
    }

    /// The numbers in which it differs from another plan, as [`with`](Self::with) takes them.
    pub fn changes_from(&self, other: &Self) -> String {
        let none = |odds: &&Knob| (odds.get)(self) == 0 && (odds.get)(other) > 0;
        let (base, mostly_none) = match ODDS.iter().filter(none).count() > ODDS.len() / 2 {
            true => (Self { odds: Odds::default(), ..other.clone() }, Some("odds=0".to_owned())),
            false => (other.clone(), None),
        };
        let differs = all().filter(|knob| (knob.get)(self) != (knob.get)(&base));
        let changes = differs.map(|knob| format!("{}={}", knob.name, (knob.get)(self)));
        mostly_none.into_iter().chain(changes).collect::<Vec<_>>().join(",")
    }

    /// The same, with no more relays than hosts and no more lanes than partitions.
    pub(crate) fn fitting(mut self) -> Self {
        self.relays = self.relays.min(self.hosts);
        self.lanes = self.lanes.min(self.partitions);
        self
    }
}
