//! Carries out what was promised, by this host or one that is gone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tidings_ledger::{Claim, End, Finish, Hold, Work, retry};
use tidings_wire::{Code, ErrorReply};
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use uuid::Uuid;

use super::content::Text;
use super::later::Told;
use super::{Recorder, end};
use crate::Meta;
use crate::hands::{Given, Hands};
use crate::outcome::Done;

/// How long to wait before the ledger is asked again for what hosts were at that are gone.
const AGAIN: Duration = Duration::from_millis(500);

/// So much further than to its limit the backlog is counted, since until the next count it is counted down: more than is
/// done meanwhile.
const BEYOND: u64 = 10_000;

/// Works for ever.
pub(super) async fn run(recorder: Arc<Recorder>, hands: Arc<Hands>) {
    while !recorder.ready.initialized() {
        match recorder
            .ask(Instant::now(), recorder.ledger.take_over(recorder.host, recorder.clock.now()))
            .await
        {
            Ok(_) => drop(recorder.ready.set(())),
            Err(_) => sleep(AGAIN).await,
        }
    }
    let (mut beat, mut look) = (interval(recorder.options.lease / 3), interval(recorder.options.look));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut worker =
        Worker { recorder: &recorder, hands, tasks: JoinSet::new(), held: Vec::new(), more: false };
    loop {
        tokio::select! { biased;
            _ = beat.tick() => worker.renew().await,
            _ = look.tick() => {
                worker.count().await;
                worker.claim().await;
            }
            Some(done) = worker.tasks.join_next_with_id() => {
                worker.forget(done);
                worker.forget_all_done();
                // In lots: each claim is a transaction.
                if worker.more && worker.room() >= recorder.options.at_once.div_ceil(4) {
                    worker.claim().await;
                }
            }
            () = recorder.promised.notified() => worker.claim().await,
        }
    }
}

struct Worker<'r> {
    recorder: &'r Arc<Recorder>,
    hands: Arc<Hands>,
    tasks: JoinSet<()>,
    /// What this host is at, each once.
    held: Vec<Held>,
    /// There may be more to be claimed than there was room for.
    more: bool,
}

/// A command that this host is at.
struct Held {
    hold: Hold,
    task: AbortHandle,
}

impl Worker<'_> {
    fn forget(&mut self, done: Result<(Id, ()), JoinError>) {
        // One that panicked is begun again when its lease has ended.
        let task = done.map_or_else(|error| error.id(), |(task, ())| task);
        self.held.retain(|held| held.task.id() != task);
    }

    /// Leaves these commands, where it is at them.
    fn leave(&mut self, commands: &[Uuid]) {
        self.held.extract_if(.., |held| commands.contains(&held.hold.id)).for_each(|held| held.task.abort());
    }

    fn forget_all_done(&mut self) {
        while let Some(done) = self.tasks.try_join_next_with_id() {
            self.forget(done);
        }
    }

    /// How many more this host may be at.
    fn room(&self) -> u32 {
        let at = u32::try_from(self.tasks.len()).unwrap_or(u32::MAX);
        self.recorder.options.at_once.saturating_sub(at)
    }

    /// Claims as much as there is room for, and begins with it.
    async fn claim(&mut self) {
        let Recorder { ledger, clock, host, options, .. } = &**self.recorder;
        self.forget_all_done();
        let room = self.room();
        self.more = room == 0;
        if room == 0 {
            return;
        }
        let begun = Instant::now();
        let claim = Claim { host: *host, lease: options.lease, most: room };
        let Ok(claimed) = self.recorder.ask(Instant::now(), ledger.claim(claim, clock.now())).await else {
            return;
        };
        clock.saw(claimed.now);
        self.more = claimed.work.len() >= usize::try_from(room).unwrap_or(usize::MAX);
        // What it is given though it is at it, it had lost: the ledger hears only the newer hold.
        let given: Vec<Uuid> = claimed.work.iter().map(|work| work.hold.id).collect();
        self.leave(&given);
        for Work { hold, text } in claimed.work {
            let (recorder, hands) = (self.recorder.clone(), self.hands.clone());
            let until = begun + options.lease;
            let task =
                self.tasks.spawn(async move { recorder.keep_promise(&hands, hold, &text, until).await });
            self.held.push(Held { hold, task });
        }
    }

    /// Renews the leases of what this host is at, and leaves what others have taken.
    async fn renew(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let Recorder { ledger, clock, options, .. } = &**self.recorder;
        let holds = self.held.iter().map(|held| held.hold).collect();
        if let Ok(lost) =
            self.recorder.ask(Instant::now(), ledger.renew(holds, options.lease, clock.now())).await
        {
            self.leave(&lost);
        }
    }

    /// Counts what is not done with.
    async fn count(&self) {
        let Recorder { ledger, options, backlog, .. } = &**self.recorder;
        let most = options.backlog.saturating_add(BEYOND);
        if let Ok(count) = self.recorder.ask(Instant::now(), ledger.backlog(most)).await {
            backlog.store(count, Ordering::Relaxed);
        }
    }
}

impl Recorder {
    /// Carries out what was promised, and has the ledger know what came of it.
    async fn keep_promise(&self, hands: &Hands, hold: Hold, text: &str, until: Instant) {
        let place = self.at_work.enter(hold.id).await;
        let finish = self.attempt(hands, hold, text, until).await;
        if !matches!(finish, Finish::Retry { .. } | Finish::LetGo { .. }) {
            let less = |count: u64| Some(count.saturating_sub(1));
            let _ = self.backlog.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        let ended = End { hold, finish };
        if matches!(ended.finish, Finish::Appended { .. }) {
            self.later.tell(Told { end: ended, place });
            return;
        }
        // Where the ledger does not take it, the lease ends, and the command is carried out again.
        let _ = self.ask(Instant::now(), self.ledger.finish(vec![ended], self.clock.now())).await;
    }

    async fn attempt(&self, hands: &Hands, hold: Hold, text: &str, until: Instant) -> Finish {
        let text = match Text::read(text) {
            Ok(text) => text,
            Err(why) => return self.not_here(hold, format!("what was promised cannot be read: {why}")),
        };
        let given = match text.given(hold.id) {
            Ok(given) => given,
            Err(why) => return self.not_here(hold, format!("what was promised is no command here: {why}")),
        };
        let held = Given { meta: Meta { not_after: Some(until), ..given.meta }, ..given };
        match self.once(hands, hold, &held).await {
            Finish::Failed { error, outcome } => {
                match hands.commit_of(&Given { since: Instant::now(), ..held }).await {
                    // A host that died before it said so, or whose answer was lost, has made it.
                    Ok(Some(commit)) => end::finish(&Ok(Done::made(&commit)), hold, self.world.random()),
                    Ok(None) => Finish::Failed { error, outcome },
                    Err(unknown) => Finish::Retry { error: unknown.to_string(), after: retry::LONGEST },
                }
            }
            finish => finish,
        }
    }

    async fn once(&self, hands: &Hands, hold: Hold, given: &Given<'_>) -> Finish {
        if hold.attempts > retry::ATTEMPTS {
            return failed("it was begun again and again, and never came to an end");
        }
        let told = hands.in_time(given).await;
        let came = match &told {
            Ok(told) => told.read(),
            Err(error) => Err(error.clone()),
        };
        end::finish(&came, hold, self.world.random())
    }

    /// This host cannot; another one, of another version, may.
    fn not_here(&self, hold: Hold, why: String) -> Finish {
        end::finish(&Err(ErrorReply::new(Code::Unavailable, why)), hold, self.world.random())
    }
}

fn failed(why: &str) -> Finish {
    let error = end::for_good(&ErrorReply::new(Code::Unavailable, why));
    Finish::Failed { error: error.to_string(), outcome: end::json(&error) }
}
