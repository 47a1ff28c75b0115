//! The signal to stop.

use std::fmt;
use std::future::Future;

/// What told a program to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
    /// SIGHUP: its terminal is gone.
    HangUp,
}

impl StopSignal {
    /// The exit code of a program that it ended: 128 and its number.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
            Self::HangUp => "SIGHUP",
        })
    }
}

/// Waits for Ctrl-C or SIGTERM. A second one ends the process at once.
///
/// It listens from this call on, not from the first poll: a signal that comes while a host starts stops it
/// cleanly too. Call it on a tokio runtime.
pub fn stop_signal() -> impl Future<Output = ()> + Send {
    let mut signals = signals::Signals::listen(&[StopSignal::Interrupt, StopSignal::Terminate]);
    async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            std::process::exit(130);
        });
    }
}

/// Waits for what ends a program that works for a person: Ctrl-C, SIGTERM, and SIGHUP, unless that was to be ignored, as
/// under `nohup`. A second one ends the process at once. It listens as [`stop_signal`] does.
pub fn end_signal() -> impl Future<Output = StopSignal> + Send {
    let mut wanted = vec![StopSignal::Interrupt, StopSignal::Terminate];
    if !signals::outlives_its_terminal() {
        wanted.push(StopSignal::HangUp);
    }
    let mut signals = signals::Signals::listen(&wanted);
    async move {
        let first = signals.next().await;
        tokio::spawn(async move {
            let second = signals.next().await;
            std::process::exit(i32::from(second.exit_code()));
        });
        first
    }
}

#[cfg(unix)]
mod signals {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    use super::StopSignal;

    /// Whether SIGHUP is ignored, or that cannot be known: to listen for it would undo that.
    pub(super) fn outlives_its_terminal() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // SIGHUP is the first.
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_none_or(|mask| mask & 1 == 1)
    }

    pub(super) struct Signals(Vec<(StopSignal, Signal)>);

    impl Signals {
        pub(super) fn listen(wanted: &[StopSignal]) -> Self {
            let listen = |wanted: &StopSignal| {
                let kind = match wanted {
                    StopSignal::Interrupt => SignalKind::interrupt(),
                    StopSignal::Terminate => SignalKind::terminate(),
                    StopSignal::HangUp => SignalKind::hangup(),
                };
                let listening = signal(kind);
                let listening =
                    listening.inspect_err(|error| tracing::warn!(%error, "cannot listen for a signal"));
                Some((*wanted, listening.ok()?))
            };
            Self(wanted.iter().filter_map(listen).collect())
        }

        /// For ever where there is nothing to listen for: the system then ends the process itself.
        pub(super) async fn next(&mut self) -> StopSignal {
            std::future::poll_fn(|cx| {
                let came = |(kind, signal): &mut (StopSignal, Signal)| {
                    signal.poll_recv(cx).is_ready().then_some(*kind)
                };
                self.0.iter_mut().find_map(came).map_or(std::task::Poll::Pending, std::task::Poll::Ready)
            })
            .await
        }
    }
}

#[cfg(not(unix))]
mod signals {
    use super::StopSignal;

    pub(super) fn outlives_its_terminal() -> bool {
        true
    }

    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen(_: &[StopSignal]) -> Self {
            Self
        }

        pub(super) async fn next(&mut self) -> StopSignal {
            let _ = tokio::signal::ctrl_c().await;
            StopSignal::Interrupt
        }
    }
}
