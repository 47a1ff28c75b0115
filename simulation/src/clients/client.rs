//! One client: gives a command until it knows what became of it, and at times once more.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::Wishes;
use crate::host::Hosts;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::wish::Given;
use crate::{hold, oracle};

/// One client.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) stage: Arc<Stage>,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) wishes: Arc<Wishes>,
}

/// How often a command is sent at most.
const MOST_SENDINGS: u32 = 8;

impl Client {
    /// Gives all its commands.
    pub(crate) async fn run(self) {
        let chance = &self.stage.chance;
        for _ in 0..self.stage.plan.commands {
            let rest = u64::try_from(self.stage.plan.rest.as_millis()).unwrap_or(0);
            tokio::time::sleep(chance.while_of(0, rest)).await;
            let (id, given) = (chance.id(), self.wishes.next(chance));
            self.give(id, given).await;
        }
    }

    async fn give(&self, id: Uuid, given: Given) {
        let chance = &self.stage.chance;
        hold(&self.stage.ledger).give(id, given.clone());
        for _ in 0..MOST_SENDINGS {
            let reply = if chance.happens(60) {
                self.stage.count_fault("a command sent twice at once");
                let (one, other) = tokio::join!(self.send(id, &given), self.send(id, &given));
                if one.is_final() { one } else { other }
            } else {
                self.send(id, &given).await
            };
            if let Reply::Done { at, .. } = reply
                && chance.happens(300)
            {
                oracle::read_after(&self.stage, &self.name, at).await;
            }
            let known = reply.is_final();
            let again = if known { 100 } else { 850 };
            if !chance.happens(again) {
                return;
            }
            if known {
                self.stage.count_fault("a command sent again after its answer");
            }
            tokio::time::sleep(chance.while_of(0, 300)).await;
        }
    }

    async fn send(&self, id: Uuid, given: &Given) -> Reply {
        let slot = usize::try_from(self.stage.chance.below(self.hosts.len() as u64)).unwrap_or(0);
        let patience = match self.stage.fault("a client gave up waiting", |odds| odds.abandoned) {
            true => self.stage.chance.while_of(0, 200),
            false => Duration::from_secs(60),
        };
        send(&self.stage, &self.hosts, &self.name, slot, id, given, patience).await
    }
}

/// Sends a command to the host in a place once, and writes down what comes of it.
async fn send(
    stage: &Arc<Stage>,
    hosts: &Hosts,
    name: &str,
    slot: usize,
    id: Uuid,
    given: &Given,
    patience: Duration,
) -> Reply {
    let short = id.as_fields().0;
    let Some(host) = hosts.get(slot) else {
        stage.count_answer(Reply::NotSent.kind());
        tokio::time::sleep(stage.chance.while_of(50, 400)).await;
        return Reply::NotSent;
    };
    let moment = hold(&stage.truth).now();
    let place = hold(&stage.ledger).send(id, moment);
    stage.note(format_args!("{name} > {} {short:08x} {}", host.life.name(), given.wish));
    let reply = tokio::select! {
        biased;
        () = host.life.over() => Reply::Lost,
        reply = host.execute(stage, id, given) => reply,
        () = tokio::time::sleep(patience) => Reply::Lost,
    };
    stage.note(format_args!("{name} < {} {short:08x} {reply}", host.life.name()));
    stage.count_answer(reply.kind());
    hold(&stage.ledger).answer(id, place, reply.clone());
    oracle::answered(stage, id, place);
    reply
}

/// A command that must succeed on the host in a place, after all faults have ended.
pub(crate) async fn probe(stage: &Arc<Stage>, hosts: &Hosts, slot: usize, wishes: &Wishes) -> bool {
    let (id, given) = (stage.chance.id(), wishes.probe(&stage.chance));
    hold(&stage.ledger).give(id, given.clone());
    let reply = send(stage, hosts, "probe", slot, id, &given, Duration::from_secs(60)).await;
    matches!(reply, Reply::Done { .. })
}
