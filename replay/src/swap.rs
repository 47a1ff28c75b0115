//! A new read model takes the place of the one in use.
//!
//! It must have seen all that the old one has shown, or a reader's time would run backwards. On a busy system the old one
//! is always a little ahead, so that it is held where it is for the last step.

use std::time::{Duration, Instant};

use tidings_projections::{Checkpoint, Projector, ReadModelError};

use crate::build::Builder;
use crate::live::of_another_log;
use crate::rebuild::RebuildError;
use crate::targets::heads;
use crate::{Progress, Rebuild, Shadows};

/// How long a swap waits altogether for those who are in its way, and how often it looks.
const WAIT: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(100);

/// The new read model is near when it works in what has come meanwhile in so short a time. Where it never is, since
/// events come faster than they are worked in, the old one is held for longer.
const NEAR: Duration = Duration::from_millis(100);
const ROUNDS: u32 = 16;

impl Rebuild<'_> {
    /// Catches up with the log, and swaps; tells how many events that took.
    pub(crate) async fn swap_in(
        &self,
        shadows: &mut dyn Shadows,
        builder: &Builder<'_>,
        projector: &mut Projector,
        progress: &mut impl FnMut(Progress),
    ) -> Result<u64, RebuildError> {
        let (mut events, until) = (0, Instant::now() + WAIT);
        loop {
            events += self.come_near(builder, projector, progress).await?;
            let in_the_way = match shadows.hold(self.group.name).await {
                Ok(held) => {
                    let seen = held.unwrap_or_default();
                    events += self.see_all(&seen, builder, projector, progress).await?;
                    if shadows.swap().await? {
                        return Ok(events);
                    }
                    "somebody reads the views all the time, so that they cannot be made anew".into()
                }
                Err(ReadModelError::Unavailable(cause)) => cause,
                // It shows nothing any more, and is not moved on.
                Err(ReadModelError::Unfit(_)) if shadows.swap().await? => return Ok(events),
                Err(ReadModelError::Unfit(cause)) => cause,
            };
            if Instant::now() >= until {
                return Err(ReadModelError::Unavailable(in_the_way).into());
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Works in what the log holds, until little is left to do.
    async fn come_near(
        &self,
        builder: &Builder<'_>,
        projector: &mut Projector,
        progress: &mut impl FnMut(Progress),
    ) -> Result<u64, RebuildError> {
        let mut events = 0;
        for _ in 0..ROUNDS {
            let ends = heads(self.store).await?;
            let began = Instant::now();
            events += builder.build(projector, &ends, &mut *progress).await?;
            if began.elapsed() < NEAR {
                break;
            }
        }
        Ok(events)
    }

    /// Works in what the one in use has seen, where it is of this log.
    async fn see_all(
        &self,
        seen: &Checkpoint,
        builder: &Builder<'_>,
        projector: &mut Projector,
        progress: &mut impl FnMut(Progress),
    ) -> Result<u64, RebuildError> {
        if of_another_log(self.store, seen).await?.is_some() {
            return Ok(0);
        }
        builder.build(projector, &seen.numbers, progress).await
    }
}
