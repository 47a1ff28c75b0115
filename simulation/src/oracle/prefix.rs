//! Promise 1, for readers: whoever has read commit n has read all before it, for ever.

use std::sync::Arc;

use tidings_eventstore::{Hash, Log};

use crate::stage::Stage;

/// Follows a partition through a log of its own and looks at all that comes.
pub(crate) async fn follow(stage: Arc<Stage>, log: impl Log + 'static, partition: u16) {
    let (mut number, mut hash) = (0, Hash::default());
    loop {
        let head = log.head(partition).await.map_or(0, |head| head.number);
        let limit = usize::try_from(stage.chance.between(1, 20)).unwrap_or(1);
        let Ok(slice) = log.read_partition(partition, number, limit).await else { continue };
        stage.count_check("pages read");
        for commit in &slice.commits {
            number += 1;
            if commit.position.number != number || commit.hash != commit.hash_after(hash) {
                stage.wrong(format!("a reader of {partition}:{number} got {} instead", commit.position));
            }
            hash = commit.hash;
        }
        if slice.end && number < head {
            stage.wrong(format!("a reader was told of {partition}:{head} and found the end at {number}"));
        }
        tokio::time::sleep(stage.chance.while_of(5, 400)).await;
    }
}
