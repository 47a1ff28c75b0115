//! What waits for a thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs in order, for one or several threads. A thread that is awake takes what has gathered without a wake-up.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
}

struct State<T> {
    jobs: VecDeque<T>,
    /// Threads that wait for a job.
    idle: usize,
    /// One of them was told to wake up and has not done so yet.
    waking: bool,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State { jobs: VecDeque::new(), idle: 0, waking: false, closed: false }),
            filled: Condvar::new(),
        }
    }

    /// Adds a job; once closed, drops it.
    pub(super) fn push(&self, job: T) {
        let mut state = self.lock();
        if state.closed {
            return;
        }
        state.jobs.push_back(job);
        self.wake_one(state);
    }

    /// Waits for jobs and moves up to `most` of them into `into`. `false` once closed and empty.
    pub(super) fn take(&self, most: usize, into: &mut Vec<T>) -> bool {
        let mut state = self.lock();
        while state.jobs.is_empty() && !state.closed {
            state.idle += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
            state.waking = false;
        }
        let count = state.jobs.len().min(most);
        into.extend(state.jobs.drain(..count));
        if !state.jobs.is_empty() {
            self.wake_one(state);
        }
        count > 0
    }

    /// Wakes a thread, unless one is about to take what has gathered; it wakes the next where it leaves some.
    fn wake_one(&self, mut state: MutexGuard<'_, State<T>>) {
        if state.idle > 0 && !state.waking {
            state.waking = true;
            drop(state);
            self.filled.notify_one();
        }
    }

    /// Takes no more jobs; those that wait are still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_that_is_busy_leaves_what_comes_and_what_it_left_to_the_other() {
        let queue = Queue::new();
        thread::scope(|scope| {
            let (taken, first) = mpsc::channel();
            for _ in 0..2 {
                let (queue, taken) = (&queue, taken.clone());
                scope.spawn(move || {
                    let mut jobs: Vec<mpsc::Receiver<()>> = Vec::new();
                    while queue.take(1, &mut jobs) {
                        taken.send(()).unwrap();
                        // Until the test drops the other end.
                        let _ = jobs.remove(0).recv();
                    }
                });
            }
            let (hold, held) = mpsc::channel::<()>();
            let (second_hold, second_held) = mpsc::channel::<()>();
            queue.push(held);
            queue.push(second_held);
            // Both are under way at the same time, though neither is finished.
            first.recv().unwrap();
            first.recv().unwrap();
            drop((hold, second_hold));
            queue.close();
        });
    }

    #[test]
    fn every_job_is_taken_once_whoever_sleeps_and_wakes_meanwhile() {
        let queue = Queue::new();
        let mut all: Vec<u32> = thread::scope(|scope| {
            let take = || {
                let (mut mine, mut jobs) = (Vec::new(), Vec::new());
                while queue.take(3, &mut jobs) {
                    mine.append(&mut jobs);
                }
                mine
            };
            let threads = [scope.spawn(take), scope.spawn(take), scope.spawn(take)];
            for job in 0..10_000 {
                queue.push(job);
            }
            queue.close();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        all.sort_unstable();
        assert_eq!(all, (0..10_000).collect::<Vec<_>>());
    }
}
