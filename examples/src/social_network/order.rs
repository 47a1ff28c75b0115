//! The order in which commands are sent.

use tidings_domain::Timestamp;

use super::plan::{Plan, Planned};

/// Puts commands, of which each stands after what it refers to, in order of time; what bears a time before that of what it refers to comes right after it.
pub(crate) fn by_time(commands: Vec<Planned>) -> Plan {
    let mut keys: Vec<(Timestamp, u32, usize)> = Vec::with_capacity(commands.len());
    let mut early = 0;
    for (index, planned) in commands.iter().enumerate() {
        let key = match planned.after.map(|above| (keys[above], commands[above].occurred_at)) {
            None => (planned.occurred_at, 0, index),
            Some(((due, depth, _), above_at)) => {
                early += usize::from(planned.occurred_at < above_at);
                if planned.occurred_at > due {
                    (planned.occurred_at, 0, index)
                } else {
                    (due, depth + 1, index)
                }
            }
        };
        keys.push(key);
    }
    keys.sort_unstable();
    let mut place = vec![0; keys.len()];
    for (new, (_, _, old)) in keys.iter().enumerate() {
        place[*old] = new;
    }
    let mut drafted: Vec<Option<Planned>> = commands.into_iter().map(Some).collect();
    let moved = keys.iter().filter_map(|(_, _, old)| drafted[*old].take());
    let moved = moved.map(|planned| Planned { after: planned.after.map(|above| place[above]), ..planned });
    Plan { commands: moved.collect(), early }
}
