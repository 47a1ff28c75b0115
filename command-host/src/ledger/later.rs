//! What the ledger need not know at once: what was appended, which the log remembers, and what nothing came of.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tidings_ledger::End;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::sleep;

use super::Recorder;
use super::at_work::Place;

/// An end, with the place of who was at it: a repeat waits until the ledger knows.
pub(super) struct Told {
    pub(super) end: End,
    pub(super) place: Place,
}

/// The ends that wait to be written.
pub(super) struct Later(Mutex<Option<mpsc::Sender<Told>>>);

/// So many ends may wait; one too many is not written, and its command is carried out again should it be asked for.
const WAITING: usize = 16_384;

/// The most ends of one transaction.
const TOGETHER: usize = 512;

/// How long ends are gathered: nobody waits for them but a repeat, and a transaction of many costs little more than one
/// of few.
const GATHER: Duration = Duration::from_millis(10);

impl Later {
    pub(super) fn new() -> (Self, mpsc::Receiver<Told>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(Mutex::new(Some(sender))), receiver)
    }

    /// Has it written, some time soon.
    pub(super) fn tell(&self, told: Told) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full =
            |sender: &mpsc::Sender<Told>| matches!(sender.try_send(told), Err(TrySendError::Full(_)));
        if sender.as_ref().is_some_and(is_full) {
            tracing::debug!(
                "too many outcomes wait for the ledger: one is left out, which the log remembers"
            );
        }
    }

    /// Takes no more.
    pub(super) fn end(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// Writes what waits, many at a time, until there will be no more.
pub(super) async fn write(recorder: Arc<Recorder>, mut told: mpsc::Receiver<Told>) {
    let mut waiting = Vec::with_capacity(TOGETHER);
    while told.recv_many(&mut waiting, TOGETHER).await > 0 {
        if waiting.len() < TOGETHER && !told.is_closed() {
            sleep(GATHER).await;
            while waiting.len() < TOGETHER
                && let Ok(more) = told.try_recv()
            {
                waiting.push(more);
            }
        }
        let (ends, places): (Vec<_>, Vec<_>) =
            waiting.drain(..).map(|Told { end, place }| (end, place)).unzip();
        if let Err(error) = recorder.ledger.finish(ends, recorder.clock.now()).await {
            // Each is carried out again should it be asked for, and the log says what came of it.
            recorder.answers.failed(&error);
        }
        // Only now are their repeats let in.
        drop(places);
    }
}
