//! Which commands this process is at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

/// One at a time is at a command; the others wait until that one is done with it.
#[derive(Default)]
pub(super) struct AtWork(Mutex<HashMap<Uuid, Vec<oneshot::Sender<()>>>>);

/// The right to be at a command; given up when dropped.
pub(super) struct Place {
    at_work: Arc<AtWork>,
    command: Uuid,
}

impl AtWork {
    fn commands(&self) -> MutexGuard<'_, HashMap<Uuid, Vec<oneshot::Sender<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until nobody else here is at the command.
    pub(super) async fn enter(self: &Arc<Self>, command: Uuid) -> Place {
        loop {
            let done = match self.commands().entry(command) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(Vec::new());
                    return Place { at_work: self.clone(), command };
                }
                std::collections::hash_map::Entry::Occupied(mut taken) => {
                    let (wake, done) = oneshot::channel();
                    taken.get_mut().push(wake);
                    done
                }
            };
            // Told or dropped: it is free.
            let _ = done.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Those who wait are woken as their senders are dropped, after the lock.
        let waiting = self.at_work.commands().remove(&self.command);
        drop(waiting);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_is_entered_by_one_at_a_time_and_by_all_in_the_end() {
        let (at_work, command) = (Arc::new(AtWork::default()), Uuid::nil());
        let first = at_work.enter(command).await;
        let others: Vec<_> = (0..3)
            .map(|_| {
                let at_work = at_work.clone();
                tokio::spawn(async move { drop(at_work.enter(command).await) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(others.iter().all(|other| !other.is_finished()));
        drop(at_work.enter(Uuid::max()).await);
        drop(first);
        for other in others {
            other.await.unwrap();
        }
        assert!(at_work.commands().is_empty());
    }
}
