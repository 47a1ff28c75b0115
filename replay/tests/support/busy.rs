//! Live projection that never rests, beside a rebuild.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tidings_projections::{Checkpoint, Moment, Projector, ReadModel, ReadModelError, social};
use tidings_replay::{Options, Purpose, Rebuild, Shadows, Swap};
use tokio::task::JoinHandle;

use super::System;

/// Shadows beside which something happens, and is shown, whenever they are looked at.
struct Busy<'a> {
    system: &'a System,
    shadows: Box<dyn Shadows>,
    /// A step of live projection that was begun when the read model was held.
    waiting: Option<JoinHandle<()>>,
    /// Where live projection stood when it was held.
    shown: Vec<u64>,
}

impl Busy<'_> {
    async fn something_happens(&self) {
        self.system.live(20).await;
        self.system.project_live().await;
    }
}

#[async_trait]
impl Shadows for Busy<'_> {
    async fn begin(&mut self, purpose: Purpose) -> Result<Arc<dyn ReadModel>, ReadModelError> {
        self.shadows.begin(purpose).await
    }

    async fn in_use(&self, group: &str) -> Result<Option<Box<dyn Moment>>, ReadModelError> {
        self.something_happens().await;
        self.shadows.in_use(group).await
    }

    async fn moment(&self, group: &str) -> Result<Box<dyn Moment>, ReadModelError> {
        self.shadows.moment(group).await
    }

    async fn settle(&mut self) -> Result<(), ReadModelError> {
        self.shadows.settle().await
    }

    async fn hold(&mut self, group: &str) -> Result<Option<Checkpoint>, ReadModelError> {
        self.something_happens().await;
        let model = self.system.views.model();
        let mut projector = Projector::attach(model, social::group(), 4).await.unwrap();
        let held = self.shadows.hold(group).await?;
        self.shown = held.as_ref().unwrap().numbers.clone();
        let before = self.system.heads().await;
        while self.system.heads().await == before {
            self.system.live(1).await;
        }
        let (store, world) = (self.system.store.clone(), self.system.world.clone());
        self.waiting = Some(tokio::spawn(async move {
            for partition in 0..4u16 {
                let seen = projector.checkpoint().numbers[usize::from(partition)];
                let slice = store.read_partition(partition, seen, 100).await.unwrap();
                let events: Vec<_> = slice.commits.iter().flat_map(|c| c.recorded()).map(Arc::new).collect();
                // That the read model has gone elsewhere meanwhile may be the answer.
                let _ = projector.apply(&events, world.now()).await;
            }
        }));
        Ok(held)
    }

    async fn swap(&mut self) -> Result<bool, ReadModelError> {
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!self.waiting.as_ref().unwrap().is_finished(), "live projection waits");
        let live = self.system.views.reader().checkpoint(social::NAME).await?;
        assert_eq!(live.numbers, self.shown, "it stays where it was held, and is read");
        self.shadows.swap().await
    }

    async fn discard(&mut self) -> Result<(), ReadModelError> {
        self.shadows.discard().await
    }

    async fn drop_old(&mut self) -> Result<usize, ReadModelError> {
        self.shadows.drop_old().await
    }
}

pub async fn a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests(system: System) {
    system.live(200).await;
    system.project_live().await;
    let options = Options { memory: 1 << 30, workers: 2, page: 7 };
    let rebuild = Rebuild { store: &system.store, world: &system.world, group: social::group(), options };
    let shadows = system.views.shadows();
    let mut busy = Busy { system: &system, shadows, waiting: None, shown: Vec::new() };
    let running = rebuild.run(&mut busy, Swap::IfEqual { differences: 3 }, |_| {});
    let rebuilt = tokio::time::timeout(Duration::from_secs(60), running).await.expect("it ends").unwrap();
    assert!(rebuilt.swapped);
    let shown = rebuilt.numbers.iter().zip(&busy.shown);
    assert!(shown.clone().all(|(new, shown)| new >= shown), "nothing that was shown is missing");
    busy.waiting.take().unwrap().await.unwrap();
    system.project_live().await;
    let (_, rows) = system.rows().await;
    assert!(system.rebuild(1 << 30).await.swapped, "and live projection goes on without a gap");
    assert_eq!(system.rows().await.1, rows);
}
