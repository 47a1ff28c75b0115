//! One client: gives a command until it knows what became of it, and at times once more.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::{Enquiries, Wishes};
use crate::host::Hosts;
use crate::reply::Reply;
use crate::stage::Stage;
use crate::wish::{Given, Wish};
use crate::{Kept, hold, oracle};

/// One client.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) name: String,
    pub(crate) stage: Arc<Stage>,
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) enquiries: Arc<Enquiries>,
    pub(crate) wishes: Arc<Wishes>,
}

/// A command with all that is said under its id.
struct Intent {
    id: Uuid,
    /// The second, if there is one, is another content that somebody gives the same id to.
    contents: Vec<Given>,
    /// Whether the ledger takes it.
    is_recorded: bool,
    /// Whether its client waits for the outcome, mostly.
    waits: bool,
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
            let intent = self.intent();
            self.give(&intent).await;
        }
    }

    fn intent(&self) -> Intent {
        let chance = &self.stage.chance;
        let (id, given) = (chance.id(), self.wishes.next(chance));
        let recorded =
            |given: &Given| self.stage.plan.ledger != Kept::Not && matches!(given.wish, Wish::Social(_));
        let is_recorded = recorded(&given);
        let waits = !(is_recorded && chance.happens(self.stage.plan.unwaited));
        let mut contents = vec![given];
        if is_recorded && chance.happens(40) {
            let other = self.wishes.next(chance);
            if recorded(&other) && other.wish != contents[0].wish {
                contents.push(other);
            }
        }
        for given in &contents {
            hold(&self.stage.asked).give(id, given.clone());
        }
        Intent { id, contents, is_recorded, waits }
    }

    async fn give(&self, intent: &Intent) {
        let chance = &self.stage.chance;
        for _ in 0..MOST_SENDINGS {
            let reply = if chance.happens(60) {
                self.stage.count_fault("a command sent twice at once");
                let (one, other) = tokio::join!(self.send(intent), self.send(intent));
                if one.is_final() { one } else { other }
            } else {
                self.send(intent).await
            };
            if let Reply::Done { at, .. } = reply
                && chance.happens(300)
            {
                oracle::read_after(&self.stage, &self.name, at).await;
            }
            let known = match reply.is_promise() {
                true => self.ask(intent.id).await,
                false => reply.is_final(),
            };
            if chance.happens(60) {
                self.enquiries.command_status(&self.name, intent.id).await;
            }
            let again = if known || reply.is_promise() { 150 } else { 850 };
            if !chance.happens(again) {
                return;
            }
            if reply.is_final() {
                self.stage.count_fault("a command sent again after its answer");
            }
            tokio::time::sleep(chance.while_of(0, 300)).await;
        }
    }

    /// Asks now and then what became of what was promised; whether that is known.
    async fn ask(&self, id: Uuid) -> bool {
        let chance = &self.stage.chance;
        for _ in 0..chance.below(4) {
            tokio::time::sleep(chance.while_of(0, 3_000)).await;
            if chance.happens(100) {
                self.enquiries.commands(&self.name).await;
            }
            if self.enquiries.command_status(&self.name, id).await {
                return true;
            }
        }
        false
    }

    async fn send(&self, intent: &Intent) -> Reply {
        let chance = &self.stage.chance;
        let slot = usize::try_from(chance.below(self.hosts.len() as u64)).unwrap_or(0);
        let patience = match self.stage.fault("a client gave up waiting", |odds| odds.abandoned) {
            true => chance.while_of(0, 200),
            false => Duration::from_secs(60),
        };
        let content = usize::try_from(chance.below(intent.contents.len() as u64)).unwrap_or(0);
        if content > 0 {
            self.stage.count_fault("an id given to another content");
        }
        // Now and then the other way.
        let waits = intent.waits != (intent.is_recorded && chance.happens(100));
        let sent = Sent { id: intent.id, content, waits, patience };
        send(&self.stage, &self.hosts, &self.name, slot, &intent.contents[content], sent).await
    }
}

/// How a command is sent.
struct Sent {
    id: Uuid,
    content: usize,
    waits: bool,
    patience: Duration,
}

/// Sends a command to the host in a place once, and writes down what comes of it.
async fn send(
    stage: &Arc<Stage>,
    hosts: &Hosts,
    name: &str,
    slot: usize,
    given: &Given,
    sent: Sent,
) -> Reply {
    let Sent { id, content, waits, patience } = sent;
    let short = id.as_fields().0;
    let Some(host) = hosts.get(slot) else {
        stage.count_answer(Reply::NotSent.kind());
        tokio::time::sleep(stage.chance.while_of(50, 400)).await;
        return Reply::NotSent;
    };
    let moment = hold(&stage.truth).now();
    let place = hold(&stage.asked).send(id, content, moment);
    let promise = if waits { "" } else { " unwaited" };
    stage.note(format_args!("{name} > {} {short:08x}{promise} {}", host.life.name(), given.wish));
    let reply = tokio::select! {
        biased;
        () = host.life.over() => Reply::Lost,
        reply = host.execute(stage, id, given, waits) => reply,
        () = tokio::time::sleep(patience) => Reply::Lost,
    };
    stage.note(format_args!("{name} < {} {short:08x} {reply}", host.life.name()));
    stage.count_answer(reply.kind());
    let known = hold(&stage.truth).now();
    hold(&stage.asked).answer(id, place, known, reply.clone());
    oracle::answered(stage, id, place);
    reply
}

/// Gives some of all commands once more, after all faults have ended, until each is answered for good: what was told
/// before must still be so.
pub(crate) async fn give_again(stage: &Arc<Stage>, hosts: &Hosts) {
    let all: Vec<(Uuid, Given)> = hold(&stage.asked)
        .commands
        .iter()
        .filter_map(|(id, command)| Some((*id, command.contents.first()?.clone())))
        .collect();
    for (id, given) in all {
        if !stage.chance.happens(300) {
            continue;
        }
        loop {
            let slot = usize::try_from(stage.chance.below(hosts.len() as u64)).unwrap_or(0);
            let sent = Sent { id, content: 0, waits: true, patience: Duration::from_secs(60) };
            if send(stage, hosts, "again", slot, &given, sent).await.is_final() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// A command that must succeed on the host in a place, after all faults have ended.
pub(crate) async fn probe(stage: &Arc<Stage>, hosts: &Hosts, slot: usize, wishes: &Wishes) -> bool {
    let (id, given) = (stage.chance.id(), wishes.probe(&stage.chance));
    hold(&stage.asked).give(id, given.clone());
    let sent = Sent { id, content: 0, waits: true, patience: Duration::from_secs(60) };
    let reply = send(stage, hosts, "probe", slot, &given, sent).await;
    matches!(reply, Reply::Done { .. })
}
