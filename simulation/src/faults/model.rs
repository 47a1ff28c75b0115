//! A read model that refuses a step, stores it and does not say so, or stores it late.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use tidings_domain::Origin;
use tidings_projections::{ApplyError, Checkpoint, Group, Parked, ReadModel, ReadModelError, Step};

use crate::Planted;
use crate::life::{Life, Server};
use crate::stage::Stage;

/// The read model as one process sees it.
pub(crate) struct FaultyModel {
    stage: Arc<Stage>,
    life: Life,
}

impl FaultyModel {
    pub(crate) fn new(stage: Arc<Stage>, life: Life) -> Self {
        Self { stage, life }
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, ApplyError> {
        self.stage.note(format_args!("fault {}: {what}", self.life.name()));
        Err(ApplyError::Unavailable(what.into()))
    }

    async fn apply_or_fail(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let (stage, by) = (&self.stage, self.life.name());
        if stage.outages.model.load(Ordering::Relaxed) {
            return self.fail("the read model is gone");
        }
        if stage.fault("a step refused", |odds| odds.step_refused) {
            return self.fail("a step refused");
        }
        if stage.fault("a step stored, not answered", |odds| odds.step_done) {
            stage.apply(by, group, step).await?;
            return self.fail("a step stored, not answered");
        }
        if stage.fault("a step stored late", |odds| odds.step_late) {
            let (late, by, group, step) = (stage.clone(), format!("{by}, late"), group.clone(), step.clone());
            // What does not fit any more is not stored.
            stage.later(async move { drop(late.apply(&by, &group, &step).await) });
            return self.fail("a step stored late");
        }
        if stage.planted(Planted::CheckpointFirst) {
            let rows = Step { advances: Vec::new(), ..step.clone() };
            let moves = Step { changes: Default::default(), park: vec![], unpark: vec![], ..step.clone() };
            stage.apply(by, group, &moves).await?;
            stage.delay().await;
            self.life.cross(stage, Server::Model, "between checkpoint and rows").await;
            return stage.apply(by, group, &rows).await;
        }
        if stage.planted(Planted::CheckpointBlind) {
            let mut step = step.clone();
            let at = stage.model.checkpoint(stage, group.name).await.unwrap_or_default();
            step.parked_epoch = at.parked_epoch;
            for advance in &mut step.advances {
                advance.from = at.numbers.get(usize::from(advance.partition)).copied().unwrap_or(0);
            }
            return stage.apply(by, group, &step).await;
        }
        stage.apply(by, group, step).await
    }

    async fn look(&self) -> Result<(), ReadModelError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Model, "before the read model is asked").await;
        let gone = self.stage.outages.model.load(Ordering::Relaxed);
        if gone || self.stage.fault("the read model not read", |odds| odds.model_error) {
            self.stage.note(format_args!("fault {}: the read model not read", self.life.name()));
            return Err(ReadModelError::Unavailable("the read model not read".into()));
        }
        Ok(())
    }

    async fn seen<T>(&self, seen: T) -> Result<T, ReadModelError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Model, "after the read model was asked").await;
        Ok(seen)
    }
}

#[async_trait]
impl ReadModel for FaultyModel {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        self.look().await?;
        self.stage.model.attach(&self.stage, group, origin).await?;
        self.seen(()).await
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        self.look().await?;
        let checkpoint = self.stage.model.checkpoint(&self.stage, group).await?;
        self.seen(checkpoint).await
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Model, "before a step").await;
        let answer = self.apply_or_fail(group, step).await;
        self.stage.delay().await;
        self.life.cross(&self.stage, Server::Model, "after a step").await;
        answer
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        self.look().await?;
        let parked = self.stage.model.parked(&self.stage, group).await?;
        self.seen(parked).await
    }
}
