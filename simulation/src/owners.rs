//! What the relay of a host believes of who publishes which partition.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::plan::Owners;
use crate::stage::Stage;

/// How long one belief lasts.
const LASTS: Duration = Duration::from_secs(3);

/// Whether another host is to publish a partition, as the relay in this place believes.
pub(crate) fn beliefs(stage: &Arc<Stage>, place: usize) -> impl Fn(u16) -> bool + Send + Sync + 'static {
    let (stage, began, own) = (stage.clone(), Instant::now(), stage.chance.number());
    move |partition| match stage.plan.owners {
        Owners::Unknown => false,
        Owners::Right => usize::from(partition) % stage.plan.relays != place,
        Owners::Wrong if stage.is_healed() => true,
        Owners::Wrong => {
            let turn = began.elapsed().as_secs() / LASTS.as_secs();
            // Another half of the partitions each time.
            let mixed = (own ^ (turn << 16) ^ u64::from(partition)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed >> 63 == 1
        }
    }
}
