//! Waiting for servers that are away while a host starts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_world::{Handle, Outage};
use tokio::time::sleep;

use crate::StartError;

/// How a host waits while it starts: it says what for, in one line, and tries again until it is there. Cheap to
/// clone; all clones are of one host.
#[derive(Clone)]
pub struct Waits(Arc<Inner>);

struct Inner {
    world: Handle,
    said: Mutex<Said>,
}

struct Said {
    /// The host's first line, until it was said.
    first: Option<String>,
    /// Which parts are waited for.
    waiting: BTreeSet<&'static str>,
}

/// How soon it tries again at first; the wait grows to sixteen times that.
const FIRST: Duration = Duration::from_millis(100);

impl Waits {
    /// For a host that begins with a line of its own, such as `commands on 127.0.0.1:7401`: said as soon as it
    /// starts or waits, and not where it is wrong from the beginning.
    pub fn new(world: Handle, first: impl Into<String>) -> Self {
        let said = Said { first: Some(first.into()), waiting: BTreeSet::new() };
        Self(Arc::new(Inner { world, said: Mutex::new(said) }))
    }

    fn said(&self) -> MutexGuard<'_, Said> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What clients are told now, such as `the host is starting, and waits for the log`. Where that is, and what it says,
    /// is for standard error only.
    pub fn what(&self) -> String {
        let parts: Vec<&str> = self.said().waiting.iter().copied().collect();
        match &*parts {
            [] => "the host is starting".into(),
            parts => format!("the host is starting, and waits for {}", parts.join(" and ")),
        }
    }

    /// Says the host's first line, where it was not said yet.
    pub fn begin(&self) {
        if let Some(first) = self.said().first.take() {
            eprintln!("{first}");
        }
    }

    /// Opens what may be away: tries again, for ever, while it is.
    ///
    /// # Errors
    /// What waiting does not mend.
    pub async fn until_open<T>(
        &self,
        mut open: impl AsyncFnMut() -> Result<T, StartError>,
    ) -> Result<T, StartError> {
        let (mut outage, mut waited) = (Outage::new(FIRST), None);
        loop {
            let (part, place, cause) = match open().await {
                Err(StartError::Away { part, place, cause }) => (part, place, cause),
                opened => {
                    if let Some((part, place)) = waited.take()
                        && opened.is_ok()
                    {
                        eprintln!("no longer waiting for {part}{place}");
                        self.said().waiting.remove(part);
                    }
                    return opened;
                }
            };
            let again = outage.failed(0, cause, &*self.0.world);
            self.begin();
            if let Some(cause) = again.say {
                eprintln!("waiting for {part}{place}: {cause}");
            }
            self.said().waiting.insert(part);
            waited = Some((part, place));
            sleep(again.after).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tidings_world::Seeded;
    use tokio::time::Instant;

    use super::*;

    fn waits() -> Waits {
        Waits::new(Arc::new(Seeded::new(1)), "")
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_away_is_tried_again_until_it_is_there_and_told_meanwhile() {
        let (waits, tries, start) = (waits(), AtomicU32::new(0), Instant::now());
        let opened = waits.until_open(async || match tries.fetch_add(1, Ordering::Relaxed) {
            100 => Ok("open"),
            tried => {
                if tried > 0 {
                    assert_eq!(waits.what(), "the host is starting, and waits for the log");
                }
                Err(StartError::away("the log", "mongodb://inside/log", "refused"))
            }
        });
        assert_eq!(opened.await, Ok("open"));
        assert_eq!(waits.what(), "the host is starting", "no longer waiting");
        let waited = start.elapsed();
        assert!((Duration::from_secs(75)..Duration::from_secs(160)).contains(&waited), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_waiting_does_not_mend_ends_the_wait() {
        let (waits, mut tries) = (waits(), 0);
        let opened = waits.until_open(async || {
            tries += 1;
            match tries {
                3 => Err::<(), _>(StartError::new("wrong password")),
                _ => Err(StartError::away("the log", "mongodb://inside/log", "refused")),
            }
        });
        assert_eq!(opened.await, Err(StartError::new("wrong password")));
    }
}
