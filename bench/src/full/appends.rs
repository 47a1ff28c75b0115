//! Appends to the log on MongoDB: beside bare inserts, and beside eventhorizon.

use std::sync::Arc;
use std::time::Duration;

use tidings_eventstore::{EventStore, Options};
use tidings_world::{Handle, System};

use super::Run;
use super::bare::{self, Shape};
use super::eventhorizon;
use crate::Failure;
use crate::appends::appends;
use crate::report::Figures;

/// Callers, each beside as many documents as they keep under way.
pub(crate) const CALLERS: [(usize, Shape); 3] = [
    (1, Shape { collections: 1, together: 1 }),
    (256, Shape { collections: 8, together: 32 }),
    (4_096, Shape { collections: 8, together: 500 }),
];

/// How many writers eventhorizon and the store are given beside one another.
pub(crate) const WRITERS: usize = 200;

/// How long a caller waits for an answer at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// The name of a figure.
pub(crate) fn name(callers: usize) -> String {
    format!("store appends, {callers} at a time")
}

/// Appends and bare inserts in turn.
pub(crate) fn round(run: &Run, figures: &mut Figures) -> Result<(), Failure> {
    for (callers, shape) in CALLERS {
        let sample = run.fresh(|place| run.block_on(bare::inserts(place, shape, run.time)))?;
        figures.sample(bare::name(shape), sample);
        store(run, callers, run.time, figures)?;
    }
    Ok(())
}

/// The store and eventhorizon in turn.
pub(crate) fn beside_eventhorizon(run: &Run, figures: &mut Figures) -> Result<(), Failure> {
    store(run, WRITERS, run.time, figures)?;
    for gaps in [false, true] {
        eventhorizon::saves(run, WRITERS, gaps, figures)?;
    }
    Ok(())
}

fn store(run: &Run, callers: usize, time: Duration, figures: &mut Figures) -> Result<(), Failure> {
    let sample = run.fresh(|place| {
        run.block_on(async {
            let log = place.log().await?;
            let world: Handle = Arc::new(System::new());
            // Where the server hangs for a moment callers wait, as those of the bare inserts do.
            let options = Options { patience: PATIENCE, ..Options::default() };
            let store = EventStore::start(Arc::new(log.clone()), world, options);
            let sample = appends(&store, callers, time).await?;
            bare::is_as_the_logs(log.database()).await?;
            Ok::<_, Failure>(sample)
        })
    })?;
    figures.sample(name(callers), sample);
    Ok(())
}
