//! Why an append cannot be stored: its command is there already, or its stream is elsewhere.

use std::sync::Arc;

use crate::known::Known;
use crate::{AppendError, Commit, Log, ReadError};

/// What the log says of a commit whose stream should be at `expected`: the commit that its command made before, or
/// why it may not be appended; `None` where nothing stands against it.
pub(crate) async fn verdict(
    log: &dyn Log,
    known: &Known,
    commit: &Commit,
    expected: u64,
) -> Result<Option<Result<Arc<Commit>, AppendError>>, ReadError> {
    let (partition, command, stream) = (commit.position.partition, commit.command, &commit.stream);
    // The version first: where it was this very command, sent twice at once, that moved it, the command is found.
    let actual = log.version(stream).await?;
    known.saw(stream, actual);
    if let Some(found) = log.find_command(partition, command).await? {
        known.saw(&found.stream, found.last_version());
        let same = found.stream == *stream;
        let reused = || AppendError::CommandReused { command, stream: found.stream.clone() };
        return Ok(Some(if same { Ok(found) } else { Err(reused()) }));
    }
    let conflict = AppendError::Conflict { stream: stream.clone(), expected, actual };
    Ok((actual != expected).then_some(Err(conflict)))
}
