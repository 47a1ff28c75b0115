//! Sends a history, pipelined over a few connections; what was not answered is sent again under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tidings_eventstore::Commit;
use tidings_examples::social_network::window::Window;
use tidings_tests::{LIMIT, Ledger, Signal, Step, Tidings};
use tidings_wire::{Client, Receiver, Sender};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

/// How far an import is.
pub struct Import<'h> {
    history: &'h [Step],
    window: Window,
    by_id: BTreeMap<Uuid, usize>,
    /// Sent and not answered.
    flying: BTreeSet<usize>,
    /// Sent to a process that was killed before it answered.
    again: Vec<usize>,
    sent: BTreeSet<Uuid>,
    answered: usize,
    pub ledger: Ledger,
}

const CONNECTIONS: usize = 4;
const IN_FLIGHT: usize = 256;

impl<'h> Import<'h> {
    pub fn new(history: &'h [Step]) -> Self {
        let window = Window::new(history.iter().map(|step| step.after).collect(), IN_FLIGHT);
        let by_id = history.iter().enumerate().map(|(place, step)| (step.id, place)).collect();
        let (flying, again, sent) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        Self { history, window, by_id, flying, again, sent, answered: 0, ledger: Ledger::default() }
    }

    pub fn is_done(&self) -> bool {
        self.answered == self.history.len()
    }

    /// To the end.
    pub async fn go_on(&mut self, tidings: &Tidings) {
        self.go_on_until(tidings, usize::MAX, Duration::ZERO).await;
    }

    /// Until so many are answered in all and a little later the process is killed; or to the end.
    pub async fn go_on_until(&mut self, tidings: &Tidings, answered: usize, delay: Duration) {
        let (mut senders, mut replies) = connect(tidings).await;
        let (mut turn, mut aimed) = (0, false);
        while !self.is_done() {
            while let Some(next) = self.next() {
                turn += 1;
                self.flying.insert(next);
                self.sent.insert(self.history[next].id);
                // Where the connection is broken, no reply comes either.
                let _ = senders[turn % CONNECTIONS].send(&self.history[next].line).await;
            }
            for sender in &mut senders {
                let _ = sender.flush().await;
            }
            let Some(reply) = timeout(LIMIT, replies.recv()).await.expect("replies come") else { break };
            self.take(&reply);
            while let Ok(reply) = replies.try_recv() {
                self.take(&reply);
            }
            if self.answered >= answered && !aimed {
                aimed = true;
                let kill = tidings.process.killer();
                tokio::spawn(async move {
                    sleep(delay).await;
                    kill(Signal::KILL);
                });
            }
        }
        self.again.extend(std::mem::take(&mut self.flying));
    }

    fn next(&mut self) -> Option<usize> {
        if self.flying.len() >= IN_FLIGHT {
            return None;
        }
        self.again.pop().or_else(|| self.window.next())
    }

    fn take(&mut self, line: &str) {
        let reply: Value = serde_json::from_str(line).unwrap();
        let place = self.by_id[&reply["id"].as_str().unwrap().parse().unwrap()];
        assert_eq!(reply["ok"], true, "{} was answered {line}", self.history[place].line);
        self.ledger.note(&reply);
        assert!(self.flying.remove(&place), "answered once");
        self.window.acknowledged(place);
        self.answered += 1;
    }

    /// Every acknowledged command is in the log once, where its reply says, and nothing that was not sent. That
    /// each commit is whole, its hash has proven.
    pub fn assert_whole(&self, log: &BTreeMap<Uuid, Arc<Commit>>) {
        self.ledger.assert_in(log);
        let invented: Vec<_> = log.keys().filter(|command| !self.sent.contains(command)).collect();
        assert!(invented.is_empty(), "nobody sent {invented:?}");
    }
}

async fn connect(tidings: &Tidings) -> (Vec<Sender>, mpsc::UnboundedReceiver<String>) {
    let (mut senders, (incoming, replies)) = (Vec::new(), mpsc::unbounded_channel());
    for _ in 0..CONNECTIONS {
        // It may be killed as soon as it is up.
        let Ok(client) = Client::connect(tidings.commands).await else { break };
        let (sender, receiver) = client.split();
        senders.push(sender);
        tokio::spawn(receive(receiver, incoming.clone()));
    }
    assert_eq!(senders.len(), CONNECTIONS);
    (senders, replies)
}

async fn receive(mut receiver: Receiver, replies: mpsc::UnboundedSender<String>) {
    while let Ok(Some(line)) = receiver.next_reply().await {
        let _ = replies.send(line);
    }
}
