//! The read model as its server keeps it: in memory; and, where a run has another, in that one too.

use std::pin::Pin;
use std::sync::Arc;

use tidings_domain::Origin;
use tidings_projections::{
    ApplyError, Checkpoint, Group, MemoryReadModel, Moment, Parked, ReadModel, ReadModelError, Snapshot, Step,
};

use super::same;
use crate::stage::Stage;
use crate::totals;

/// A read model on an adapter, which is to do all that the one in memory does.
#[derive(Clone)]
pub struct Views {
    model: Arc<dyn ReadModel>,
    moment: Arc<dyn Fn() -> Opening + Send + Sync>,
}

type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn Moment>, ReadModelError>> + Send>>;

impl Views {
    /// `moment` shows all that a group has now.
    pub fn new<A, O, M>(adapter: A, moment: impl Fn(A, &'static str) -> O + Send + Sync + 'static) -> Self
    where
        A: ReadModel + Clone + 'static,
        O: Future<Output = Result<M, ReadModelError>> + Send + 'static,
        M: Moment + 'static,
    {
        let model = Arc::new(adapter.clone());
        let moment = move || -> Opening {
            let opening = moment(adapter.clone(), totals::NAME);
            Box::pin(async { Ok(Box::new(opening.await?) as Box<dyn Moment>) })
        };
        Self { model, moment: Arc::new(moment) }
    }
}

/// The read model that all projection hosts share. Its answers are those of the one in memory; an adapter's must be the
/// same.
pub(crate) struct Model {
    pub(crate) memory: MemoryReadModel,
    views: Option<Views>,
}

/// More rows than a table has after a run.
const MOST: usize = 1_000_000;

impl Model {
    pub(crate) fn new(views: Option<Views>) -> Self {
        Self { memory: MemoryReadModel::default(), views }
    }

    fn adapter(&self) -> Option<&dyn ReadModel> {
        self.views.as_ref().map(|views| &*views.model)
    }

    pub(crate) async fn attach(
        &self,
        stage: &Stage,
        group: &Group,
        origin: Origin,
    ) -> Result<(), ReadModelError> {
        let answer = self.memory.attach(group, origin).await;
        same(stage, "the read model attached", &answer, self.adapter().map(|a| a.attach(group, origin)));
        answer
    }

    pub(crate) async fn checkpoint(&self, stage: &Stage, group: &str) -> Result<Checkpoint, ReadModelError> {
        let answer = self.memory.checkpoint(group).await;
        same(stage, "the checkpoint", &answer, self.adapter().map(|a| a.checkpoint(group)));
        answer
    }

    pub(crate) async fn apply(&self, stage: &Stage, group: &Group, step: &Step) -> Result<(), ApplyError> {
        let answer = self.memory.apply(group, step).await;
        let asked = self.adapter().map(|a| async { unworded(a.apply(group, step).await) });
        same(stage, "a step", &unworded(answer.clone()), asked);
        answer
    }

    pub(crate) async fn parked(&self, stage: &Stage, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        let answer = self.memory.parked(group).await;
        same(stage, "what is parked", &answer, self.adapter().map(|a| a.parked(group)));
        answer
    }

    /// All that there is now: in memory, and on the adapter where there is one.
    pub(crate) fn snapshots(&self, stage: &Stage) -> Result<Vec<Snapshot>, ReadModelError> {
        let mut all = vec![self.memory.snapshot(totals::NAME)?];
        if let Some(views) = &self.views {
            all.push(stage.at_once(async { snapshot(&mut *(views.moment)().await?).await })?);
        }
        Ok(all)
    }
}

/// Each store says in its own words why it will not have some rows.
fn unworded(answer: Result<(), ApplyError>) -> Result<(), ApplyError> {
    answer.map_err(|error| match error {
        ApplyError::Unfit(_) => ApplyError::Unfit(String::new()),
        other => other,
    })
}

async fn snapshot(moment: &mut dyn Moment) -> Result<Snapshot, ReadModelError> {
    let parked = moment.parked().iter().map(|parked| ((parked.position, parked.index), parked.clone()));
    let (checkpoint, parked) = (moment.checkpoint().clone(), parked.collect());
    let mut snapshot = Snapshot { checkpoint, parked, ..Snapshot::default() };
    for table in totals::group(true).tables() {
        let rows = snapshot.tables.entry(table.name).or_default();
        for mut key in moment.rows(&table, table.columns, None, MOST).await? {
            let cells = key.split_off(table.key.len());
            let names = table.columns.iter().map(|column| column.name);
            rows.insert(key, names.zip(cells).collect());
        }
    }
    Ok(snapshot)
}
