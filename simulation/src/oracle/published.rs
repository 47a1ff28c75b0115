//! Promise 6: every event is published at least once, in order in its partition, and nothing else is. And only once
//! where nothing fails and each partition is one relay's.

use std::collections::BTreeMap;
use std::time::Duration;

use tidings_bus::Record;
use tidings_domain::Position;

use crate::stage::Stage;
use crate::truth::Truth;
use crate::{Owners, Planted, Weather, hold};

/// The next event of each partition that was never published: commit and index.
#[derive(Default)]
pub(crate) struct Published(BTreeMap<u16, (u64, u32)>);

/// In calm weather a record is published after this time at most.
const SOON: Duration = Duration::from_millis(1_500);

/// Looks at records that the bus takes.
pub(crate) fn published(stage: &Stage, records: &[Record]) {
    let (truth, mut published) = (hold(&stage.truth), hold(&stage.published));
    let calm = stage.plan.weather == Weather::Calm;
    // Where the bus is taken for one that nobody else writes to, each relay publishes everything.
    let owned = stage.plan.owners == Owners::Right && !stage.planted(Planted::BusBelieved);
    let alone = owned || stage.plan.relays == 1;
    for record in records {
        stage.count_check("records");
        if let Err(why) = check(&truth, &mut published, record, calm, alone) {
            stage.wrong(format!("the record {}#{}: {why}", record.position, record.index));
        }
    }
}

fn check(
    truth: &Truth,
    published: &mut Published,
    record: &Record,
    calm: bool,
    alone: bool,
) -> Result<(), String> {
    let Some(landed) = truth.commit(record.position) else { return Err("is of no commit".into()) };
    if landed.commit.recorded().nth(record.index as usize).as_ref() != Some(&**record) {
        return Err("is not what the log holds".into());
    }
    let next = published.0.entry(record.position.partition).or_insert((1, 0));
    let this = (record.position.number, record.index);
    if this > *next {
        return Err(format!("was published, but {}#{} never was", next.0, next.1));
    }
    if this < *next && calm && alone {
        return Err("was published twice, without a fault".into());
    }
    if this == *next {
        if calm && landed.at.elapsed() > SOON {
            return Err(format!(
                "was published {:?} after it was stored, without a fault",
                landed.at.elapsed()
            ));
        }
        *next = match record.index + 1 == record.count {
            true => (this.0 + 1, 0),
            false => (this.0, this.1 + 1),
        };
    }
    Ok(())
}

/// Whether nothing is left to be published; else the first that is.
pub(crate) fn all_published(stage: &Stage) -> Result<(), Position> {
    let (truth, published) = (hold(&stage.truth), hold(&stage.published));
    for partition in 0..stage.plan.partitions {
        let (number, _) = published.0.get(&partition).copied().unwrap_or((1, 0));
        if number <= truth.head(partition) {
            return Err(Position::new(partition, number));
        }
    }
    Ok(())
}
