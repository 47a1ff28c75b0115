//! What befalls the whole system: clocks that jump, processes that are killed or freeze, servers that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tidings_ledger::{Ledger, Operated};
use tidings_world::{Seeded, World};

use crate::faults::FaultyLedger;
use crate::host::{Host, Hosts};
use crate::life::Life;
use crate::projecting::retry_parked;
use crate::servers::{Broker, foreign};
use crate::stage::Stage;
use crate::{hold, oracle};

/// Acts until it is dropped, or the stage is healed.
pub(crate) async fn chaos(stage: Arc<Stage>, hosts: Arc<Hosts>) {
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if !stage.is_faulty() {
            return;
        }
        strike_hosts(&stage, &hosts);
        strike_log(&stage);
        strike_bus(&stage);
        strike_read_model(&stage);
        strike_ledger(&stage);
        if stage.chance.happens(stage.plan.odds.outage) {
            outage(&stage).await;
        }
    }
}

fn strike_hosts(stage: &Arc<Stage>, hosts: &Hosts) {
    let slot = usize::try_from(stage.chance.below(hosts.len() as u64)).unwrap_or(0);
    let Some(host) = hosts.get(slot) else { return };
    if stage.chance.happens(stage.plan.odds.jump) {
        jump(stage, &host);
    }
    if stage.fault("a process was killed", |odds| odds.death) {
        host.life.end(stage, "at a random time");
    }
    if stage.fault("a host was stopped in good order", |odds| odds.stopped) {
        let stage = stage.clone();
        tokio::spawn(async move { host.stop(&stage).await });
    }
}

/// An hour in milliseconds.
const HOUR: u64 = 3_600_000;

fn jump(stage: &Stage, host: &Host) {
    let (kind, millis) = match stage.chance.below(4) {
        0 => ("a clock was set back an hour", HOUR),
        1 => ("a clock jumped back", stage.chance.between(1, HOUR)),
        _ => ("a clock jumped ahead", stage.chance.between(1, HOUR)),
    };
    let millis = i64::try_from(millis).unwrap_or(0) * if kind.ends_with("ahead") { 1 } else { -1 };
    stage.count_fault(kind);
    stage.note(format_args!("fault {}: the clock jumps by {millis} ms", host.life.name()));
    host.world.jump(millis);
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

/// An operator has a promised command tried again, or calls it off.
fn operate(stage: &Arc<Stage>) {
    let promised = hold(&stage.records).promised();
    let (Some(id), cancels) = (stage.chance.pick(&promised).copied(), stage.chance.happens(400)) else {
        return;
    };
    let operated = stage.clone();
    tokio::spawn(async move {
        let life = Life::new("an operator", false);
        let (world, ledger) =
            (Seeded::new(operated.chance.number()), FaultyLedger::new(operated.clone(), life));
        let (wish, came) = match cancels {
            true => ("called off", ledger.cancel(id, CANCELLED.into(), world.now()).await),
            false => ("tried again", ledger.retry(id, world.now()).await),
        };
        if let Ok(Operated::Done(_)) = came {
            operated.count_fault(if cancels {
                "a command called off"
            } else {
                "a command tried again by hand"
            });
        }
        let short = id.as_fields().0;
        operated.note(format_args!("{short:08x} is to be {wish}: {:?}", came.map(|came| kind(&came))));
    });
}

/// As `replay commands cancel` has it.
const CANCELLED: &str =
    r#"{"code":"gone","reason":"cancelled","message":"this command was called off","retry":false}"#;

fn kind(operated: &Operated) -> &'static str {
    match operated {
        Operated::Done(_) => "done",
        Operated::Not(_) => "not as it is now",
        Operated::Missing => "not known",
    }
}

/// A server is gone for a while.
async fn outage(stage: &Stage) {
    let outages = &stage.outages;
    let (kind, outage) = match stage.chance.below(4) {
        0 => ("the log was away", &outages.log),
        1 => ("the bus was away", &outages.bus),
        2 => ("the read model was away", &outages.model),
        _ => ("the ledger was away", &outages.ledger),
    };
    stage.count_fault(kind);
    // Now and then for longer than five attempts take.
    let longest = if stage.chance.happens(150) { 90_000 } else { 4_000 };
    spell(stage, kind, outage, longest).await;
}

async fn spell(stage: &Stage, kind: &str, of: &AtomicBool, longest: u64) {
    stage.note(format_args!("fault from now on {kind}"));
    of.store(true, Ordering::Relaxed);
    tokio::time::sleep(stage.chance.while_of(100, longest)).await;
    of.store(false, Ordering::Relaxed);
    stage.note(format_args!("no longer: {kind}"));
}

/// The ledger has no room, or is slower than the log, for a while.
fn strike_ledger(stage: &Arc<Stage>) {
    if stage.chance.happens(stage.plan.odds.operated) {
        operate(stage);
    }
    if stage.chance.happens(stage.plan.odds.ledger_full) {
        let full = stage.clone();
        tokio::spawn(
            async move { spell(&full, "the ledger was full", &full.outages.full_ledger, 4_000).await },
        );
    }
    if stage.chance.happens(stage.plan.odds.ledger_slow) {
        let slow = stage.clone();
        let kind = "the ledger was slower than the log";
        tokio::spawn(async move { spell(&slow, kind, &slow.outages.slow_ledger, 4_000).await });
    }
}
