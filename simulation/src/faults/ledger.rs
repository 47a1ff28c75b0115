//! A ledger that times out before its effect, after it and long before it, that is away, full, or slow.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Timestamp;
use tidings_ledger::{
    Claim, Claimed, End, Entry, Hold, Ledger, LedgerError, Listing, Operated, Receive, Received, Reservation,
    Reserved,
};
use uuid::Uuid;

use crate::life::{Life, Server};
use crate::oracle::records;
use crate::stage::Stage;

/// The ledger as one process sees it.
pub(crate) struct FaultyLedger {
    stage: Arc<Stage>,
    life: Life,
}

/// What a full ledger still does: it is read, and what frees room.
const WITHOUT_ROOM: [&str; 4] = ["get", "list", "backlog", "remove"];

impl FaultyLedger {
    pub(crate) fn new(stage: Arc<Stage>, life: Life) -> Self {
        Self { stage, life }
    }

    fn fail<T>(&self, call: &str, what: &str) -> Result<T, LedgerError> {
        self.stage.note(format_args!("fault {}: {call}: {what}", self.life.name()));
        Err(LedgerError::Unavailable(what.into()))
    }

    async fn around<T, E, F>(&self, call: &'static str, effect: E) -> Result<T, LedgerError>
    where
        T: Send,
        F: Future<Output = Result<T, LedgerError>> + Send + 'static,
        E: Fn(Arc<Stage>) -> F + Send + Sync,
    {
        let stage = &self.stage;
        stage.delay().await;
        if stage.outages.slow_ledger.load(Ordering::Relaxed) {
            stage.count_fault("the ledger was slower than the log");
            tokio::time::sleep(stage.chance.while_of(100, 2_500)).await;
        }
        self.life.cross(stage, Server::Ledger, "before a ledger's call").await;
        let answer = self.done_or_fail(call, effect).await;
        stage.delay().await;
        self.life.cross(stage, Server::Ledger, "after a ledger's call").await;
        answer
    }

    async fn done_or_fail<T, E, F>(&self, call: &'static str, effect: E) -> Result<T, LedgerError>
    where
        T: Send,
        F: Future<Output = Result<T, LedgerError>> + Send + 'static,
        E: Fn(Arc<Stage>) -> F + Send + Sync,
    {
        let stage = &self.stage;
        if stage.outages.ledger.load(Ordering::Relaxed) {
            stage.count_fault("the ledger was away");
            return self.fail(call, "the ledger is away");
        }
        if stage.outages.full_ledger.load(Ordering::Relaxed) && !WITHOUT_ROOM.contains(&call) {
            stage.count_fault("the ledger was full");
            return self.fail(call, "the ledger is full");
        }
        if stage.fault("the ledger timed out before its effect", |odds| odds.ledger_nothing) {
            return self.fail(call, "nothing was done");
        }
        if stage.fault("the ledger timed out after its effect", |odds| odds.ledger_done) {
            effect(stage.clone()).await?;
            return self.fail(call, "done, not answered");
        }
        if stage.fault("the ledger timed out long before its effect", |odds| odds.ledger_late) {
            let late = effect(stage.clone());
            // Nobody waits for its answer.
            stage.later(async move { drop(late.await) });
            return self.fail(call, "done late");
        }
        effect(stage.clone()).await
    }
}

impl std::fmt::Debug for FaultyLedger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the ledger of {}", self.life.name())
    }
}

macro_rules! calls {
    ($( $call:ident($($given:ident: $kind:ty),*) -> $answer:ty; )+) => {
        #[async_trait]
        impl Ledger for FaultyLedger {
            $(
                async fn $call(&self, $($given: $kind),*) -> Result<$answer, LedgerError> {
                    let by = self.life.name().to_owned();
                    self.around(stringify!($call), move |stage| {
                        $( let $given = $given.clone(); )*
                        let by = by.clone();
                        async move { stage.recorder.$call(&stage, &by, $($given),*) }
                    })
                    .await
                }
            )+

            // No host has a use for names yet: they only tidy.
            async fn expire(&self, most: u32, now: Timestamp) -> Result<u64, LedgerError> {
                records::passed(&self.stage, now);
                self.stage.at_once(self.stage.recorder.adapter().expire(most, now))
            }

            async fn reserve(
                &self,
                name: &str,
                holder: Uuid,
                lasts: Duration,
                now: Timestamp,
            ) -> Result<Reserved, LedgerError> {
                self.stage.at_once(self.stage.recorder.adapter().reserve(name, holder, lasts, now))
            }

            async fn confirm(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
                self.stage.at_once(self.stage.recorder.adapter().confirm(name, holder, now))
            }

            async fn release(&self, name: &str, holder: Uuid, now: Timestamp) -> Result<bool, LedgerError> {
                self.stage.at_once(self.stage.recorder.adapter().release(name, holder, now))
            }

            async fn reservation(&self, name: &str) -> Result<Option<Reservation>, LedgerError> {
                self.stage.at_once(self.stage.recorder.adapter().reservation(name))
            }
        }
    };
}

calls! {
    receive(command: Receive, now: Timestamp) -> Received;
    claim(claim: Claim, now: Timestamp) -> Claimed;
    renew(holds: Vec<Hold>, lease: Duration, now: Timestamp) -> Vec<Uuid>;
    finish(ends: Vec<End>, now: Timestamp) -> Vec<bool>;
    take_over(host: Uuid, now: Timestamp) -> u64;
    get(id: Uuid) -> Option<Entry>;
    list(listing: Listing) -> Vec<Entry>;
    backlog(most: u64) -> u64;
    retry(id: Uuid, now: Timestamp) -> Operated;
    cancel(id: Uuid, outcome: String, now: Timestamp) -> Operated;
    remove(unchanged: Duration, most: u32, now: Timestamp) -> u64;
}
