//! The signal to stop.

use std::future::Future;

/// Waits for Ctrl-C or SIGTERM. A second one ends the process at once.
///
/// It listens from this call on, not from the first poll: a signal that comes while a host starts stops it
/// cleanly too. Call it on a tokio runtime.
pub fn stop_signal() -> impl Future<Output = ()> + Send {
    let mut signals = signals::Signals::listen();
    async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(130);
        });
    }
}

#[cfg(unix)]
mod signals {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Signals(Vec<Signal>);

    impl Signals {
        pub(super) fn listen() -> Self {
            let listen = |kind| {
                signal(kind).inspect_err(|error| tracing::warn!(%error, "cannot listen for a signal")).ok()
            };
            let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
            Self(kinds.into_iter().filter_map(listen).collect())
        }

        /// For ever where there is nothing to listen for: the system then ends the process itself.
        pub(super) async fn next(&mut self) {
            std::future::poll_fn(|cx| {
                match self.0.iter_mut().any(|signal| signal.poll_recv(cx).is_ready()) {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                }
            })
            .await;
        }
    }
}

#[cfg(not(unix))]
mod signals {
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> Self {
            Self
        }

        pub(super) async fn next(&mut self) {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
