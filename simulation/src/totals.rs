//! A projection of the simulation's own: sums of counters, several events a commit, some that cannot be applied.

use std::sync::Arc;

use tidings_domain::{Event as _, Recorded};
use tidings_projections::{Changes, Column, Group, ProjectError, Projection, Table, Type, Value, social};

use crate::counter::Event;

/// The social read models and the totals, of the release that is out.
pub(crate) fn group(mended: bool) -> Group {
    let mut group = social::group();
    group.name = NAME;
    group.projections.push(Arc::new(Totals { mended }));
    group
}

/// The name of the group.
pub(crate) const NAME: &str = "simulated";

struct Totals {
    /// Whether it knows what to make of the events that cannot be applied.
    mended: bool,
}

const TABLE: Table = Table {
    name: "totals",
    about: "what was ever added to each counter",
    key: &[Column { name: "counter", ty: Type::Int, about: "the counter" }],
    columns: &[
        Column { name: "added", ty: Type::Counter, about: "the sum of all amounts" },
        Column { name: "events", ty: Type::Counter, about: "how many events" },
        Column { name: "emptied_at", ty: Type::Time, about: "when it was last emptied" },
    ],
    indexes: &[],
};

/// The counter of which some events cannot be applied before the release that mends it, and the amount that
/// cannot be.
const BROKEN: (u8, u8) = (2, 5);
/// The same, where it is the read model that will not have the rows, for ever.
const UNFIT: (u8, u8) = (1, 4);

/// Whether an event may be the first of its stream to be parked.
pub(crate) fn may_be_parked(event: &Recorded) -> bool {
    match Event::decode(&event.event) {
        Ok(Event::Added { counter, amount }) => [BROKEN, UNFIT].contains(&(counter, amount)),
        Ok(Event::Emptied { .. }) | Err(_) => false,
    }
}

impl Projection for Totals {
    fn name(&self) -> &'static str {
        "totals"
    }

    fn tables(&self) -> &'static [Table] {
        &[TABLE]
    }

    fn project(&self, event: &Recorded, changes: &mut Changes) -> Result<(), ProjectError> {
        if event.stream.kind() != "counter" {
            return Ok(());
        }
        let row = |counter: u8| [Value::Int(i64::from(counter))];
        match Event::decode(&event.event)? {
            Event::Added { counter, amount } if (counter, amount) == BROKEN && !self.mended => {
                return Err(ProjectError::Senseless(format!("{amount} is out of fashion")));
            }
            Event::Added { counter, amount } => {
                let row = changes.row(TABLE.name, row(counter));
                row.add("added", i64::from(amount)).add("events", 1);
                if (counter, amount) == UNFIT {
                    row.add("a column that is not there", 1);
                }
            }
            Event::Emptied { counter } => {
                changes.row(TABLE.name, row(counter)).set("emptied_at", event.recorded_at).add("events", 1);
            }
        }
        Ok(())
    }
}
