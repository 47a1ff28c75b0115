//! A partition that another host publishes: is it done?

use std::time::Duration;

use tokio::time::Instant;

use super::start::Published;

/// What was seen of such a partition since it is another's.
#[derive(Debug, Default)]
pub(super) struct Watch {
    last: Option<Look>,
    /// That its owner is silent was said.
    said: bool,
}

#[derive(Debug)]
struct Look {
    at: Instant,
    head: u64,
    published: Published,
}

impl Watch {
    /// Whether it is time to look again.
    pub(super) fn is_due(&self, every: Duration) -> bool {
        self.last.as_ref().is_none_or(|last| last.at.elapsed() >= every)
    }

    /// Whether all that the log holds was published already when it was last looked at.
    pub(super) fn saw_all(&mut self, head: u64) -> bool {
        let seen = self.last.as_mut().filter(|last| last.published.number >= head);
        seen.map(|last| last.at = Instant::now()).is_some()
    }

    /// Takes note of what is there now. Whether nothing was published since the last look, though there was something
    /// to publish: an owner that is slow, but moves, is left alone.
    pub(super) fn stands_still(&mut self, head: u64, published: Published) -> bool {
        let last = self.last.replace(Look { at: Instant::now(), head, published });
        last.is_some_and(|last| last.published == published && published.number < last.head)
    }

    /// Whether to say that its owner is silent: the first time.
    pub(super) fn say(&mut self) -> bool {
        !std::mem::replace(&mut self.said, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_owner_is_silent_when_nothing_came_of_what_was_there_and_that_is_told_once() {
        let at = |number| Published { number, events: 0 };
        let mut watch = Watch::default();
        assert!(!watch.stands_still(5, at(5)));
        assert!(watch.saw_all(5) && !watch.saw_all(6));
        assert!(!watch.stands_still(6, at(5)), "what has only come may be published yet");
        assert!(watch.stands_still(6, at(5)));
        assert!(!watch.stands_still(9, at(6)), "it moves");
        assert_eq!([watch.say(), watch.say()], [true, false]);
    }
}
