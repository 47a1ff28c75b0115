//! One connection of a process that hears of every step, and by which it is known whether the server lives.

use std::convert::Infallible;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::sleep;

use super::PostgresUrl;
use super::failure::Failure;
use super::generations::CHANNEL;
use super::session::{Session, Use, within};

/// Listens for as long as it lives.
pub(super) struct Listener {
    heard: watch::Sender<()>,
    answers: watch::Sender<bool>,
    task: AbortHandle,
}

/// How often the server is asked for a sign of life, and how long it may take to give one.
const PING: Duration = Duration::from_millis(500);
const SILENCE: Duration = Duration::from_secs(1);

/// How long to wait before the next connection.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long to wait for word at most: a fallback where it is lost between two connections.
const POLL: Duration = Duration::from_millis(500);

impl Listener {
    pub(super) fn start(url: PostgresUrl) -> Self {
        let (heard, answers) = (watch::channel(()).0, watch::channel(true).0);
        let task = tokio::spawn(listen(url, heard.clone(), answers.clone())).abort_handle();
        Self { heard, answers, task }
    }

    /// Ends when something was stored since it was called, or after a while.
    pub(super) fn moved(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut heard = self.heard.subscribe();
        async move {
            let _ = tokio::time::timeout(POLL, heard.changed()).await;
        }
    }

    /// Waits until the server is known not to answer.
    pub(super) async fn silent(&self) {
        let mut answers = self.answers.subscribe();
        if answers.wait_for(|answers| !answers).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(url: PostgresUrl, heard: watch::Sender<()>, answers: watch::Sender<bool>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let Err(failure) = follow(&url, &heard, &answers, &mut pause).await;
        let silent = failure.is_silence();
        if answers.send_replace(!silent) && silent {
            tracing::debug!("{url}: {}; trying again", failure.describe());
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn follow(
    url: &PostgresUrl,
    heard: &watch::Sender<()>,
    answers: &watch::Sender<bool>,
    pause: &mut Duration,
) -> Result<Infallible, Failure> {
    let session = Session::connect(url, Use::Listen, Some(heard.clone())).await?;
    let listen = format!("LISTEN {CHANNEL}");
    within(SILENCE, async { Ok(session.client.batch_execute(&listen).await?) }).await?;
    *pause = FIRST_PAUSE;
    if !answers.send_replace(true) {
        tracing::debug!("{url}: it answers again");
    }
    // What was stored before it listened.
    heard.send_replace(());
    loop {
        sleep(PING).await;
        within(SILENCE, async { Ok(session.client.check_connection().await?) }).await?;
    }
}
