//! Adapters that have threads of their own, in a run that is to be repeatable.

use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use tokio::runtime::Handle;
use tokio::task::unconstrained;

/// Waits for an answer without letting anything else go on meanwhile: an adapter that has threads of its own is then as
/// repeatable as one that answers at once. One that has sockets and timers is on a runtime, whose clock goes.
pub(crate) fn at_once<T: Send>(runtime: Option<&Handle>, answer: impl Future<Output = T> + Send) -> T {
    let Some(runtime) = runtime else { return parked(answer) };
    // On another thread: what yields on this one, yields to the simulation, which waits.
    let answered = thread::scope(|threads| threads.spawn(|| runtime.block_on(answer)).join());
    answered.unwrap_or_else(|panic| resume_unwind(panic))
}

fn parked<T>(answer: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    // It must not be sent away to let others go first.
    let mut answer = pin!(unconstrained(answer));
    loop {
        match answer.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}
