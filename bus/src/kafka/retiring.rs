//! Ending what waits for brokers and threads when it ends.

use std::ops::Deref;

use tokio::runtime::Handle;

/// A client that ends off the runtime's threads: leaving a group waits for brokers, and each client joins threads of
/// its own. A runtime that stops gives it the time that it gives all that blocks.
pub(super) struct Retiring<T: Send + 'static>(Option<T>);

impl<T: Send> Retiring<T> {
    pub(super) fn new(client: T) -> Self {
        Self(Some(client))
    }
}

impl<T: Send> Deref for Retiring<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Some(client) => client,
            None => unreachable!("it is gone only while it is dropped"),
        }
    }
}

impl<T: Send> Drop for Retiring<T> {
    fn drop(&mut self) {
        let client = self.0.take();
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(client))),
            Err(_) => drop(std::thread::spawn(move || drop(client))),
        }
    }
}
