//! The commits of all partitions in one order, read ahead.

use std::collections::BTreeSet;
use std::sync::Arc;

use tidings_domain::Timestamp;
use tidings_eventstore::{Commit, EventStore, Head, ReadError, Slice};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The most commits that are read at a time, all partitions together.
const AHEAD: usize = 8_192;

/// The commits of all partitions in the order of time; of those of one time, that of the lowest partition first.
pub(crate) struct Merge {
    partitions: Vec<Ahead>,
    /// The next of each partition.
    next: BTreeSet<(Timestamp, u16)>,
    /// They end with this.
    readers: JoinSet<()>,
}

/// A partition that is read ahead.
struct Ahead {
    pages: mpsc::Receiver<Result<Vec<Arc<Commit>>, ReadError>>,
    page: std::vec::IntoIter<Arc<Commit>>,
}

impl Merge {
    /// Those up to these heads.
    pub(crate) async fn start(store: &EventStore, heads: &[Head]) -> Result<Self, ReadError> {
        // One page is worked in and two are on their way.
        let limit = (AHEAD / heads.len().max(1) / 3).max(8);
        let mut merge = Self { partitions: Vec::new(), next: BTreeSet::new(), readers: JoinSet::new() };
        for (partition, head) in (0..).zip(heads) {
            let (sender, pages) = mpsc::channel(1);
            merge.readers.spawn(read_pages(store.clone(), partition, head.number, limit, sender));
            merge.partitions.push(Ahead { pages, page: Vec::new().into_iter() });
        }
        for partition in (0..).take(heads.len()) {
            merge.wait_for(partition).await?;
        }
        Ok(merge)
    }

    /// The next; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Arc<Commit>>, ReadError> {
        let Some((_, partition)) = self.next.pop_first() else { return Ok(None) };
        let commit = self.partitions[usize::from(partition)].page.next();
        self.wait_for(partition).await?;
        Ok(commit)
    }

    /// Knows what comes next of a partition, if anything does.
    async fn wait_for(&mut self, partition: u16) -> Result<(), ReadError> {
        let ahead = &mut self.partitions[usize::from(partition)];
        while ahead.page.as_slice().is_empty() {
            match ahead.pages.recv().await {
                Some(page) => ahead.page = page?.into_iter(),
                None => return Ok(()),
            }
        }
        self.next.extend(ahead.page.as_slice().first().map(|first| (first.recorded_at, partition)));
        Ok(())
    }
}

/// Reads a partition up to a number, page by page, as long as somebody listens.
async fn read_pages(
    store: EventStore,
    partition: u16,
    end: u64,
    limit: usize,
    pages: mpsc::Sender<Result<Vec<Arc<Commit>>, ReadError>>,
) {
    let mut after = 0;
    while after < end {
        let most = usize::try_from(end - after).unwrap_or(limit).min(limit);
        let page = match store.read_partition(partition, after, most).await {
            Ok(Slice { commits, .. }) => match commits.last() {
                Some(last) => {
                    after = last.position.number;
                    Ok(commits)
                }
                None => Err(ReadError::Damaged {
                    place: format!("partition {partition}"),
                    cause: format!("it ends at {after}, and ended at {end} when the export began"),
                }),
            },
            Err(error) => Err(error),
        };
        let failed = page.is_err();
        if pages.send(page).await.is_err() || failed {
            return;
        }
    }
}
