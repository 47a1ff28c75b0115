//! What befalls the whole system: clocks that jump, processes that are killed or freeze, servers that fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::host::Hosts;
use crate::life::Life;
use crate::oracle;
use crate::projecting::retry_parked;
use crate::servers::{Broker, foreign};
use crate::stage::Stage;

/// Acts until it is dropped, or the stage is healed.
pub(crate) async fn chaos(stage: Arc<Stage>, hosts: Arc<Hosts>) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if stage.is_healed() {
            return;
        }
        strike_hosts(&stage, &hosts);
        strike_log(&stage);
        strike_bus(&stage);
        strike_read_model(&stage);
        if stage.fault("an outage", |odds| odds.outage) {
            outage(&stage).await;
        }
    }
}

fn strike_hosts(stage: &Arc<Stage>, hosts: &Hosts) {
    let slot = usize::try_from(stage.chance.below(hosts.len() as u64)).unwrap_or(0);
    let Some(host) = hosts.get(slot) else { return };
    if stage.fault("a clock jumped", |odds| odds.jump) {
        let millis = stage.chance.between(0, 7_200_000) as i64 - 3_600_000;
        stage.note(format_args!("fault {}: the clock jumps by {millis} ms", host.life.name()));
        host.world.jump(millis);
    }
    if stage.fault("a process was killed", |odds| odds.death) {
        host.life.end(stage, "at a random time");
    }
}

fn strike_log(stage: &Arc<Stage>) {
    if !stage.fault("the majority fell behind", |odds| odds.lag) || !stage.primary.lag() {
        return;
    }
    stage.note(format_args!("fault the majority falls behind"));
    let late = stage.clone();
    stage.later(async move {
        if late.chance.happens(600) {
            late.count_fault("an election");
            late.note(format_args!("fault an election"));
            late.primary.elect(&late).await;
        } else {
            late.note(format_args!("the majority has caught up"));
            late.primary.catch_up(&late).await;
        }
    });
}

fn strike_bus(stage: &Arc<Stage>) {
    if stage.fault("a rebalance", |odds| odds.rebalanced) {
        stage.note(format_args!("fault a rebalance"));
        Broker::rebalance(stage);
    }
    let partition = u16::try_from(stage.chance.below(stage.plan.partitions.into())).unwrap_or(0);
    if stage.fault("the bus forgot its oldest", |odds| odds.forgotten) {
        let permille = stage.chance.pick(&[100, 500, 1_000]).copied().unwrap_or(0);
        stage.note(format_args!("fault the bus forgets {permille} ‰ of partition {partition}"));
        stage.broker.forget(partition, permille);
    }
    if stage.fault("the topic made anew", |odds| odds.made_anew) {
        stage.note(format_args!("fault the topic is deleted and made anew"));
        stage.broker.make_anew();
    }
    if stage.chance.happens(stage.plan.odds.foreign) {
        foreign(stage, partition);
    }
}

fn strike_read_model(stage: &Arc<Stage>) {
    if stage.chance.happens(stage.plan.odds.switched) {
        oracle::switch_back(stage);
    }
    if stage.chance.happens(stage.plan.odds.lost_steps) {
        oracle::lose_last(stage);
    }
    if stage.chance.happens(stage.plan.odds.released) && !stage.mended.swap(true, Ordering::Relaxed) {
        stage.note(format_args!("a release is out"));
    }
    if stage.fault("parked events tried again", |odds| odds.retried) {
        let (life, retried) = (Life::new("a retry", true), stage.clone());
        life.clone().spawn(async move {
            retry_parked(&retried, life).await;
        });
    }
}

async fn outage(stage: &Stage) {
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
