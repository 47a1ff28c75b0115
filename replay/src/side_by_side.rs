//! Partitions, worked off side by side.

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::Progress;

/// Does work by work, so many at the same time, and hands over what each comes to as it ends; in between tells what they send
/// on how far they are. The first error ends it all; `stopped` makes one of a fault of this program.
pub(crate) async fn side_by_side<T: Send + 'static, E: Send + 'static>(
    at_once: usize,
    works: impl Iterator<Item = impl Future<Output = Result<T, E>> + Send + 'static>,
    mut telling: mpsc::UnboundedReceiver<Progress>,
    mut progress: impl FnMut(Progress),
    mut done: impl FnMut(T),
    stopped: impl Fn(String) -> E,
) -> Result<(), E> {
    let (mut waiting, mut working) = (works, JoinSet::new());
    loop {
        while working.len() < at_once.max(1)
            && let Some(work) = waiting.next()
        {
            working.spawn(work);
        }
        tokio::select! { biased;
            Some(told) = telling.recv() => progress(told),
            ended = working.join_next() => match ended {
                Some(Ok(ended)) => done(ended?),
                Some(Err(fault)) => return Err(stopped(fault.to_string())),
                None => break,
            },
        }
    }
    while let Ok(told) = telling.try_recv() {
        progress(told);
    }
    Ok(())
}
