//! A ledger that fails on purpose, by a seed.

use std::collections::BTreeMap;
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tidings_domain::Timestamp;
use tidings_world::Handle;
use tokio::time::sleep;
use uuid::Uuid;

use crate::{
    Claim, Claimed, End, Entry, Hold, Ledger, LedgerError, Listing, Operated, Receive, Received, Reservation,
    Reserved,
};

/// How often what goes wrong: each a chance in 1,000. All zero by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A call fails, and has done nothing.
    pub lost: u16,
    /// A call fails, and has done all of it: its answer was lost.
    pub done: u16,
    /// A call never answers, and does nothing.
    pub hangs: u16,
    /// Calls take up to this long before they do anything, and before they answer.
    pub delay: Duration,
}

/// Passes calls on to another ledger, and makes them fail in the ways that a port may. The same seeds (of the world
/// that it draws from) and the same calls give the same faults.
///
/// ```
/// use std::sync::Arc;
/// use tidings_ledger::conformance::{Faults, Faulty};
/// use tidings_ledger::{Ledger, MemoryLedger};
/// use tidings_world::Seeded;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let ledger = Faulty::new(Arc::new(MemoryLedger::default()), Arc::new(Seeded::new(7)));
/// ledger.set(Faults { lost: 1_000, ..Faults::default() });
/// assert!(ledger.backlog(1).await.is_err());
/// ledger.set(Faults::default());
/// assert!(ledger.backlog(1).await.is_ok());
/// # });
/// ```
pub struct Faulty {
    ledger: Arc<dyn Ledger>,
    world: Handle,
    faults: Mutex<Faults>,
    calls: Mutex<BTreeMap<&'static str, u64>>,
}

impl Faulty {
    /// Makes calls to `ledger` fail, by chance from `world`; none as yet.
    pub fn new(ledger: Arc<dyn Ledger>, world: Handle) -> Self {
        Self { ledger, world, faults: Mutex::default(), calls: Mutex::default() }
    }

    /// These faults from now on.
    pub fn set(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    /// How often a function of the port was called, by its name.
    pub fn calls(&self, name: &str) -> u64 {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied().unwrap_or(0)
    }

    fn called(&self, name: &'static str) {
        *self.calls.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
    }

    fn happens(&self, chance: u16) -> bool {
        chance > 0 && self.world.random() % 1_000 < u64::from(chance)
    }

    async fn wait(&self, most: Duration) {
        if !most.is_zero() {
            let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
            sleep(Duration::from_micros(self.world.random() % micros.max(1))).await;
        }
    }

    async fn around<T>(&self, call: impl Future<Output = Result<T, LedgerError>>) -> Result<T, LedgerError> {
        let faults = *self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fail = |why: &str| Err(LedgerError::Unavailable(why.into()));
        if self.happens(faults.hangs) {
            pending::<()>().await;
        }
        self.wait(faults.delay).await;
        if self.happens(faults.lost) {
            return fail("injected: nothing was done");
        }
        let answer = call.await;
        self.wait(faults.delay).await;
        if self.happens(faults.done) { fail("injected: the answer was lost") } else { answer }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Faulty").field(&self.ledger).finish()
    }
}

macro_rules! pass_on {
    ($( $call:ident($($given:ident: $kind:ty),*) -> $answer:ty; )+) => {
        #[async_trait]
        impl Ledger for Faulty { $(
            async fn $call(&self, $($given: $kind),*) -> Result<$answer, LedgerError> {
                self.called(stringify!($call));
                self.around(self.ledger.$call($($given),*)).await
            }
        )+ }
    };
}

pass_on! {
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
    reserve(name: &str, holder: Uuid, lasts: Duration, now: Timestamp) -> Reserved;
    confirm(name: &str, holder: Uuid, now: Timestamp) -> bool;
    release(name: &str, holder: Uuid, now: Timestamp) -> bool;
    expire(most: u32, now: Timestamp) -> u64;
    reservation(name: &str) -> Option<Reservation>;
}
