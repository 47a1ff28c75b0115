//! The writing side.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use tidings_domain::{Origin, Timestamp};

use crate::{
    ApplyError, Checkpoint, Group, Moment, Parked, ReadModel, ReadModelError, Step, Strange, StrangeKind,
};

use super::failure::Failure;
use super::fill::Filling;
use super::moment::PostgresMoment;
use super::pool::{Lease, Pool};
use super::retry::retried;
use super::schema::Stage;
use super::session::{Session, Use, within};
use super::store::{self, Outcome};
use super::{PostgresUrl, generations, schema, strange};

/// A read model in a database, written through one connection. Any number of processes may write to it. It
/// connects when it is first used, and again whenever the connection was lost. Cheap to clone.
///
/// ```no_run
/// use tidings_projections::{ReadModel, postgres::PostgresReadModel, social};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let model = PostgresReadModel::open("postgres://writer:secret@localhost/social".parse()?);
/// model.attach(&social::group(), 8.into()).await?;
/// assert_eq!(model.checkpoint("social").await?.numbers, [0; 8]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresReadModel(Arc<Inner>);

struct Inner {
    pool: Arc<Pool>,
    /// The generation to stay with; else the one in use.
    pinned: Option<u64>,
    stage: Stage,
    /// Of a shadow that this has filled from the beginning.
    filling: OnceLock<Filling>,
    /// The groups attached, to be attached to a new generation as well.
    groups: Mutex<BTreeMap<&'static str, (Group, Origin)>>,
}

impl PostgresReadModel {
    /// The generation in use, whichever it is; makes the first where there is none.
    pub fn open(url: PostgresUrl) -> Self {
        Self::new(url, Use::Write, None, Stage::Live)
    }

    /// One generation, in use or not.
    pub fn open_generation(url: PostgresUrl, generation: u64) -> Self {
        Self::new(url, Use::Write, Some(generation), Stage::Live)
    }

    /// One generation that is not in use: what a rebuild writes to. It is not durable, and its queries are
    /// slow, until it is [settled](Self::settle).
    pub fn open_shadow(url: PostgresUrl, generation: u64) -> Self {
        Self::new(url, Use::Bulk, Some(generation), Stage::Filling)
    }

    fn new(url: PostgresUrl, usage: Use, pinned: Option<u64>, stage: Stage) -> Self {
        let pool = Pool::new(url, usage, 1, usage.limit() + Duration::from_secs(5));
        let filling = OnceLock::new();
        Self(Arc::new(Inner { pool, pinned, stage, filling, groups: Mutex::default() }))
    }

    /// Makes a shadow fit for use: durable, with its indexes, and known to the planner.
    ///
    /// # Errors
    /// When the database does not do it.
    pub async fn settle(&self) -> Result<(), ReadModelError> {
        let groups: Vec<_> = self.groups().values().cloned().collect();
        let mut lease = self.lease().await.map_err(|e| self.failed(e))?;
        let settled = within(self.0.pool.usage.limit(), async {
            let session = lease.session()?;
            let generation = session.generation.ok_or(Failure::Stale)?;
            for (group, origin) in groups {
                schema::settle(&session.client, generation, &group).await?;
                attach(session, generation, &group, origin, Stage::Live).await?;
            }
            Ok(())
        });
        settled.await.map_err(|e| self.failed(e))?;
        lease.give_back();
        Ok(())
    }

    /// All that a group has now, to be looked at for as long as it takes; writers do not wait meanwhile. Of a group that
    /// was never attached the checkpoint is empty.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn moment(&self, group: &str) -> Result<impl Moment + use<>, ReadModelError> {
        let generation = match self.0.pinned {
            Some(pinned) => pinned,
            None => {
                let mut lease = self.lease().await.map_err(|e| self.failed(e))?;
                let current = async {
                    let session = lease.session()?;
                    within(self.0.pool.usage.limit(), generations::current_or_first(&session.client)).await
                };
                let current = current.await.map_err(|e| self.failed(e))?;
                lease.give_back();
                current
            }
        };
        PostgresMoment::begin(self.0.pool.url.clone(), generation, group).await
    }

    fn groups(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, (Group, Origin)>> {
        self.0.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn follows(&self) -> bool {
        self.0.pinned.is_none()
    }

    fn failed(&self, failure: Failure) -> ReadModelError {
        failure.at(&self.0.pool.url).into()
    }

    /// A session that has turned to a generation.
    async fn lease(&self) -> Result<Lease, Failure> {
        let mut lease = self.0.pool.take().await?;
        let session = lease.session()?;
        if session.generation.is_none() {
            within(self.0.pool.usage.limit(), self.turn(session)).await?;
        }
        Ok(lease)
    }

    /// Turns to the generation in use, and attaches to it what is attached.
    async fn turn(&self, session: &mut Session) -> Result<(), Failure> {
        let generation = match self.0.pinned {
            Some(pinned) => pinned,
            None => generations::current_or_first(&session.client).await?,
        };
        session.turn_to(generation);
        let groups: Vec<_> = self.groups().values().cloned().collect();
        for (group, origin) in groups {
            attach(session, generation, &group, origin, self.0.stage).await?;
        }
        Ok(())
    }

    /// Stores a step; what it says of the session tells whether that may be used again.
    async fn try_apply(&self, group: &Group, step: &Step) -> Result<Outcome, Failure> {
        let mut lease = self.lease().await?;
        let filling = self.0.filling.get();
        let work = store::apply(lease.session()?, group, step, self.follows(), filling);
        let outcome = within(self.0.pool.usage.limit(), work).await;
        if outcome.as_ref().map_or_else(Failure::is_of_the_rows, |_| true) {
            lease.give_back();
        }
        outcome
    }
}

/// Attaches a group in a transaction of its own; tells whether it was not there before.
async fn attach(
    session: &mut Session,
    generation: u64,
    group: &Group,
    origin: Origin,
    stage: Stage,
) -> Result<bool, Failure> {
    let client = &session.client;
    generations::begin(client).await?;
    let made = schema::attach(client, generation, group, origin, stage).await?;
    let in_use = generations::current(client).await? == Some(generation);
    if in_use && !generations::is_shown(client, generation).await? {
        generations::show(client, generation).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(made)
}

#[async_trait]
impl ReadModel for PostgresReadModel {
    async fn attach(&self, group: &Group, origin: Origin) -> Result<(), ReadModelError> {
        let attached = retried(|| async {
            let mut lease = self.lease().await?;
            let session = lease.session()?;
            if self.follows() && generations::current(&session.client).await? != session.generation {
                return Err(Failure::Stale);
            }
            let generation = session.generation.ok_or(Failure::Stale)?;
            let work = attach(session, generation, group, origin, self.0.stage);
            let made = within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(made)
        });
        let made = attached.await.map_err(|e| self.failed(e))?;
        if made && self.0.stage == Stage::Filling {
            self.0.filling.get_or_init(Filling::new);
        }
        self.groups().insert(group.name, (group.clone(), origin));
        Ok(())
    }

    async fn checkpoint(&self, group: &str) -> Result<Checkpoint, ReadModelError> {
        let found = retried(|| async {
            let mut lease = self.lease().await?;
            let work = store::checkpoint(lease.session()?, group, self.follows());
            let found = within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(found)
        });
        found.await.map_err(|e| self.failed(e))
    }

    async fn apply(&self, group: &Group, step: &Step) -> Result<(), ApplyError> {
        match retried(|| self.try_apply(group, step)).await {
            Ok(Outcome::Stored) => Ok(()),
            // Also a step whose connection broke after it was stored, and that was tried again.
            Ok(Outcome::Moved) => Err(ApplyError::Moved),
            Ok(Outcome::Refused(refused)) => Err(refused),
            Err(failure) => Err(failure.at(&self.0.pool.url).into()),
        }
    }

    async fn parked(&self, group: &str) -> Result<Vec<Parked>, ReadModelError> {
        let found = retried(|| async {
            let mut lease = self.lease().await?;
            let work = store::parked(lease.session()?, group);
            let found = within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(found)
        });
        found.await.map_err(|e| self.failed(e))
    }

    async fn note_strange(
        &self,
        group: &str,
        strange: &[Strange],
        now: Timestamp,
    ) -> Result<(), ReadModelError> {
        let noted = retried(|| async {
            let mut lease = self.lease().await?;
            let work = strange::note(lease.session()?, group, strange, now);
            within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(())
        });
        noted.await.map_err(|e| self.failed(e))
    }

    async fn strange(&self, group: &str) -> Result<Vec<StrangeKind>, ReadModelError> {
        let found = retried(|| async {
            let mut lease = self.lease().await?;
            let work = strange::list(lease.session()?, group);
            let found = within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(found)
        });
        found.await.map_err(|e| self.failed(e))
    }

    async fn clear_strange(
        &self,
        group: &str,
        cause: Option<&str>,
    ) -> Result<Vec<StrangeKind>, ReadModelError> {
        let cleared = retried(|| async {
            let mut lease = self.lease().await?;
            let work = strange::clear(lease.session()?, group, cause);
            let cleared = within(self.0.pool.usage.limit(), work).await?;
            lease.give_back();
            Ok(cleared)
        });
        cleared.await.map_err(|e| self.failed(e))
    }
}
