//! How far the writers know each partition to be, for those who follow.

use tokio::sync::watch;

/// The last known number of each partition.
pub(crate) struct Heads(watch::Sender<Vec<u64>>);

impl Heads {
    pub(crate) fn new(partitions: u16) -> (Self, watch::Receiver<Vec<u64>>) {
        let (sender, receiver) = watch::channel(vec![0; usize::from(partitions)]);
        (Self(sender), receiver)
    }

    /// These partitions are known to be this far; wakes who follows where that is news.
    pub(crate) fn reach(&self, numbers: impl IntoIterator<Item = (u16, u64)>) {
        self.0.send_if_modified(|heads| {
            let mut news = false;
            for (partition, number) in numbers {
                if let Some(head) = heads.get_mut(usize::from(partition)).filter(|head| **head < number) {
                    *head = number;
                    news = true;
                }
            }
            news
        });
    }
}
