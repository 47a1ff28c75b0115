//! A command whose client only waits until it is recorded.

use std::sync::atomic::Ordering;

use serde::Serialize;
use tidings_domain::Command;
use tidings_ledger::{How, Received, State};
use tidings_wire::{Code, ErrorReply, Id, Reply};
use uuid::Uuid;

use super::Recorder;
use super::content::Text;
use super::wait::{receive, reused};
use crate::hands::{Given, Hands};

/// What a reply says of a command that was accepted.
#[derive(Serialize)]
struct Accepted<'a> {
    accepted: bool,
    state: &'static str,
    stream: &'a str,
    replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<Uuid>,
}

impl Recorder {
    /// Records a command durably and says so; a repeat is told where it stands, or its first outcome.
    pub(crate) async fn promise(
        &self,
        given: &Given<'_>,
        hands: &Hands,
        id: Id<'_>,
    ) -> Result<Reply, ErrorReply> {
        let most = self.options.backlog;
        if self.backlog.load(Ordering::Relaxed) >= most {
            let message = format!(
                "{most} promised commands wait to be carried out: promise less, or wait for the outcome"
            );
            return Err(ErrorReply::new(Code::Overloaded, message));
        }
        let receive = receive(given, How::Promise { text: Text::of(given) });
        let (state, replayed) =
            match self.ask(given.since, self.ledger.receive(receive, self.clock.now())).await? {
                Received::Reused => return Err(reused(given)),
                Received::Known(entry) if entry.state.is_final() => {
                    return self.again(&entry, given, hands, id).await;
                }
                Received::Known(entry) => (entry.state, true),
                Received::Accepted | Received::Claimed(_) => {
                    self.backlog.fetch_add(1, Ordering::Relaxed);
                    (State::Received, false)
                }
            };
        self.promised.notify_one();
        let (stream, correlation) = (given.command.stream(), given.meta.correlation);
        let accepted = Accepted {
            accepted: true,
            state: state.as_str(),
            stream: stream.as_str(),
            replayed,
            correlation,
        };
        Ok(Reply::ok(id, &accepted))
    }
}
