//! A partition that another host publishes: is it done?

use std::time::Duration;

use tokio::time::Instant;

use super::start::Published;

/// What was seen of such a partition when it was last looked at.
#[derive(Debug, Default)]
pub(super) struct Watch(Option<Look>);

#[derive(Debug)]
struct Look {
    at: Instant,
    head: u64,
    published: Published,
}

impl Watch {
    /// Whether it is time to look again.
    pub(super) fn is_due(&self, every: Duration) -> bool {
        self.0.as_ref().is_none_or(|last| last.at.elapsed() >= every)
    }

    /// Whether all that the log holds was published already when it was last looked at.
    pub(super) fn saw_all(&mut self, head: u64) -> bool {
        let seen = self.0.as_mut().filter(|last| last.published.number >= head);
        seen.map(|last| last.at = Instant::now()).is_some()
    }

    /// Takes note of what is there now. Whether nothing was published since the last look, though there was something
    /// to publish: an owner that is slow, but moves, is left alone.
    pub(super) fn stands_still(&mut self, head: u64, published: Published) -> bool {
        let last = self.0.replace(Look { at: Instant::now(), head, published });
        last.is_some_and(|last| last.published == published && published.number < last.head)
    }
}
