//! What befalls the whole system: clocks that jump, stores that are gone for a while, processes that are killed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::host::Hosts;
use crate::oracle;
use crate::stage::Stage;

/// Acts until it is dropped, or the stage is healed.
pub(crate) async fn chaos(stage: Arc<Stage>, hosts: Arc<Hosts>) {
    while !stage.is_healed() {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let slot = usize::try_from(stage.chance.below(hosts.len() as u64)).unwrap_or(0);
        let host = hosts.get(slot);
        if let Some(host) = &host
            && stage.fault("a clock jumped", |odds| odds.jump)
        {
            let millis = stage.chance.between(0, 7_200_000) as i64 - 3_600_000;
            stage.note(format_args!("fault {}: the clock jumps by {millis} ms", host.life.name()));
            host.world.jump(millis);
        }
        if let Some(host) = &host
            && stage.fault("a process was killed", |odds| odds.death)
        {
            host.life.end(&stage, "at a random time");
        }
        if stage.fault("the read model put back", |odds| odds.switched) {
            oracle::switch_back(&stage);
        }
        if stage.fault("an outage", |odds| odds.outage) {
            let outages = &stage.outages;
            let (what, outage) = match stage.chance.below(3) {
                0 => ("log", &outages.log),
                1 => ("bus", &outages.bus),
                _ => ("read model", &outages.model),
            };
            stage.note(format_args!("fault the {what} is gone"));
            outage.store(true, Ordering::Relaxed);
            tokio::time::sleep(stage.chance.while_of(100, 4_000)).await;
            outage.store(false, Ordering::Relaxed);
            stage.note(format_args!("the {what} is back"));
        }
    }
}
