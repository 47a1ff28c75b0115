//! One aggregate: its history, event by event, and its state at any version.

use serde::Serialize;
use serde_json::Value;
use tidings_domain::{Aggregate, DecodeError, Encoded, Event, Recorded, StreamId};
use tidings_eventstore::{EventStore, ReadError};

use crate::kinds::{KNOWN, of_kind};

/// An aggregate at a version.
#[derive(Clone, Debug, PartialEq)]
pub struct StateAt {
    /// The version: how many of the stream's events were taken in.
    pub version: u64,
    /// The version that the stream has.
    pub last: u64,
    /// The state, as a JSON object; or the first event that this program cannot read, beyond which there is none.
    pub state: Result<Value, Unreadable>,
}

/// An event that stands in the way of a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event at version {version} cannot be read: {cause}")]
pub struct Unreadable {
    /// Its version.
    pub version: u64,
    /// Why not.
    pub cause: DecodeError,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// The log cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The kind is not of this domain.
    #[error("{stream} is of the kind `{kind}`, which this program does not know; it knows {KNOWN}")]
    Kind {
        /// The stream.
        stream: StreamId,
        /// Its kind.
        kind: String,
    },
    /// There is no such stream.
    #[error("there is no {0} in the log; check the id")]
    Missing(StreamId),
    /// It never was at this version.
    #[error("{stream} is at version {last}; it never was at {asked}")]
    Version {
        /// The stream.
        stream: StreamId,
        /// The version that it has.
        last: u64,
        /// The version that was asked for.
        asked: u64,
    },
}

/// Tells the history of an aggregate up to a version (none: the last), event by event in order, and its state there.
///
/// ```
/// use std::sync::Arc;
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_replay::{StreamError, stream_at};
/// use tidings_world::System;
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), Arc::new(System::new()), Default::default());
/// let post = "post-01930000-0000-7000-8000-00000000000a".parse()?;
/// let told = stream_at(&store, &post, None, |event| println!("{} {}", event.version, event.event.name)).await;
/// assert!(matches!(told, Err(StreamError::Missing(_))));
/// # Ok::<(), tidings_domain::StreamIdError>(())
/// # }).unwrap();
/// ```
///
/// # Errors
/// When the stream is of an unknown kind, is not there, never was at this version, or the log cannot be read.
pub async fn stream_at(
    store: &EventStore,
    stream: &StreamId,
    version: Option<u64>,
    mut tell: impl FnMut(&Recorded),
) -> Result<StateAt, StreamError> {
    let unknown = |kind: &str| StreamError::Kind { stream: stream.clone(), kind: kind.to_owned() };
    let mut state: Box<dyn Fold> =
        of_kind!(stream.kind(), A => Box::new(A::default()), kind => return Err(unknown(kind)));
    let last = match store.version(stream).await? {
        0 => return Err(StreamError::Missing(stream.clone())),
        last => last,
    };
    let asked = version.unwrap_or(last);
    if asked > last {
        return Err(StreamError::Version { stream: stream.clone(), last, asked });
    }
    let (mut unreadable, mut next) = (None, 1);
    while next <= asked {
        let slice = store.read_stream(stream, next, PAGE).await?;
        for event in slice.commits.iter().flat_map(|commit| commit.recorded()) {
            if event.version < next || event.version > asked {
                continue;
            }
            tell(&event);
            if unreadable.is_none()
                && let Err(cause) = state.take(&event.event)
            {
                unreadable = Some(Unreadable { version: event.version, cause });
            }
        }
        match slice.commits.last() {
            Some(last) => next = last.last_version() + 1,
            None => break,
        }
    }
    Ok(StateAt { version: asked, last, state: unreadable.map_or_else(|| Ok(state.json()), Err) })
}

/// How many commits are read at a time.
const PAGE: usize = 1_000;

/// A state of whichever kind.
trait Fold: Send {
    fn take(&mut self, event: &Encoded) -> Result<(), DecodeError>;
    fn json(&self) -> Value;
}

impl<A: Aggregate + Serialize> Fold for A {
    fn take(&mut self, event: &Encoded) -> Result<(), DecodeError> {
        self.evolve(&A::Event::decode(event)?);
        Ok(())
    }

    fn json(&self) -> Value {
        // States are plain structs of plain fields, which all have a JSON form.
        serde_json::to_value(self).unwrap_or_default()
    }
}
