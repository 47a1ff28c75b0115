//! Records that somebody else puts on the bus.

use std::sync::Arc;

use tidings_domain::{Position, Recorded, StreamId};
use uuid::Uuid;

use crate::hold;
use crate::stage::Stage;

/// Puts a record on a partition of the bus that no relay ever put there.
pub(crate) fn foreign(stage: &Arc<Stage>, partition: u16) {
    let head = hold(&stage.truth).head(partition);
    let Some(model) = known(stage, partition) else { return };
    let of = stage.plan.partitions;
    let (kind, position) = match stage.chance.below(4) {
        0 => ("a foreign record of an old position", Position::new(partition, stage.chance.between(0, head))),
        1 => ("a foreign record of no partition", Position::new(of + 1, head + 1)),
        // As if a relay had put it there.
        _ => ("a foreign record of the next position", Position::new(partition, head + 1)),
    };
    let stream: StreamId = model.stream.clone();
    stage.count_fault(kind);
    stage.note(format_args!("fault {kind}: {position}"));
    let (index, count) = match stage.chance.happens(500) {
        true => (0, 1),
        false => (stage.chance.below(3) as u32, stage.chance.below(4) as u32),
    };
    // Never what the log holds there: who knows that before the relay does has read the log.
    let actor = Uuid::from_u128(stage.chance.number().into());
    let record = Recorded { position, stream, index, count, actor, ..model };
    stage.broker.publish(partition, Arc::new(record));
}

/// Some event of the partition, to make up another from.
fn known(stage: &Stage, partition: u16) -> Option<Recorded> {
    let truth = hold(&stage.truth);
    truth.last(partition).and_then(|landed| landed.commit.recorded().next())
}
