//! A rebuild: the lock that one holds, the generation that it fills, the switch to it.

use crate::{Checkpoint, ReadModelError};

use super::failure::Failure;
use super::session::{Session, Use, within};
use super::{PostgresReadModel, PostgresUrl, generations, roles};

/// A rebuild under way. Its lock dies with its connection, and so with its process.
pub struct Rebuild {
    url: PostgresUrl,
    session: Session,
    /// The generation being filled, once it has begun.
    generation: Option<u64>,
    /// Whether the session is in the transaction that keeps the one in use where it is.
    holds: bool,
}

impl Rebuild {
    /// Takes the lock of rebuilds.
    ///
    /// # Errors
    /// When another rebuild runs, or the database does not answer.
    pub async fn lock(url: PostgresUrl) -> Result<Self, ReadModelError> {
        let locked = within(Use::Write.limit(), async {
            let session = Session::connect(&url, Use::Bulk, None).await?;
            if !generations::lock_rebuild(&session.client).await? {
                return Err(Failure::Unavailable("another rebuild is running".into()));
            }
            Ok(session)
        });
        let session = locked.await.map_err(|e| e.at(&url))?;
        Ok(Self { url, session, generation: None, holds: false })
    }

    /// Drops all generations but the one in use, and tells how many.
    ///
    /// # Errors
    /// When the database does not do it.
    pub async fn drop_others(&self) -> Result<usize, ReadModelError> {
        let dropped = within(Use::Bulk.limit(), generations::drop_others(&self.session.client));
        Ok(dropped.await.map_err(|e| e.at(&self.url))?)
    }

    /// Drops what rebuilds that were given up have left, and tells how many generations that were.
    ///
    /// # Errors
    /// When the database does not do it.
    pub async fn drop_unfinished(&self) -> Result<usize, ReadModelError> {
        let dropped = within(Use::Bulk.limit(), generations::drop_unfinished(&self.session.client));
        Ok(dropped.await.map_err(|e| e.at(&self.url))?)
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// When the database does not answer; then the lock ends with the connection.
    pub async fn unlock(self) -> Result<(), ReadModelError> {
        let unlocked = within(Use::Write.limit(), generations::unlock_rebuild(&self.session.client));
        Ok(unlocked.await.map_err(|e| e.at(&self.url))?)
    }

    /// Makes the next generation, empty, to be filled.
    ///
    /// # Errors
    /// When the database does not do it.
    pub async fn begin(&mut self) -> Result<PostgresReadModel, ReadModelError> {
        let made = within(Use::Bulk.limit(), generations::create_next(&self.session.client));
        let generation = made.await.map_err(|e| e.at(&self.url))?;
        self.generation = Some(generation);
        Ok(PostgresReadModel::open_shadow(self.url.clone(), generation))
    }

    /// Drops the generation that was begun, if one was, and gives the lock back.
    ///
    /// # Errors
    /// When the database does not do it.
    pub async fn discard(self) -> Result<(), ReadModelError> {
        if self.holds {
            let freed = within(Use::Write.limit(), generations::let_go(&self.session.client));
            freed.await.map_err(|e| e.at(&self.url))?;
        }
        if let Some(generation) = self.generation {
            let dropped = within(Use::Bulk.limit(), generations::drop_one(&self.session.client, generation));
            dropped.await.map_err(|e| e.at(&self.url))?;
        }
        self.unlock().await
    }

    /// Whether there is no schema of this name yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_free(&self, name: &str) -> Result<bool, ReadModelError> {
        let free = within(Use::Bulk.limit(), generations::is_free(&self.session.client, name));
        Ok(free.await.map_err(|e| e.at(&self.url))?)
    }

    /// Gives the generation that was begun a schema name of its own, under which it stays until somebody drops it, and
    /// gives the lock back. Who may read the read models may read it.
    ///
    /// # Errors
    /// When there is a schema of this name, or the database does not do it.
    pub async fn keep_as(self, name: &str) -> Result<(), ReadModelError> {
        let generation = self.generation.ok_or_else(not_begun)?;
        let kept = within(Use::Bulk.limit(), generations::keep_as(&self.session.client, generation, name));
        kept.await.map_err(|e| e.at(&self.url))?;
        self.unlock().await
    }

    /// Keeps a group of the generation in use where it is, until [`try_swap`](Self::try_swap), and tells where that is:
    /// writers wait meanwhile, readers do not. `None` where there was never a generation. Of a group that was never
    /// attached the checkpoint is empty.
    ///
    /// # Errors
    /// When others write to it for seconds, or the database does not answer.
    pub async fn hold(&mut self, group: &str) -> Result<Option<Checkpoint>, ReadModelError> {
        let held = within(Use::Bulk.limit(), generations::hold(&mut self.session, group)).await;
        self.holds = held.is_ok();
        if !self.holds {
            let _ = within(Use::Write.limit(), generations::let_go(&self.session.client)).await;
        }
        Ok(held.map_err(|e| e.damage().at(&self.url))?)
    }

    /// Puts the new generation in the place of the one in use, for all readers and writers. `false` where a person reads
    /// a view for the moment; the old one stays in use then. What was held is let go.
    ///
    /// # Errors
    /// When the database does not do it; the old one stays in use, unless the connection broke under it.
    pub async fn try_swap(&mut self) -> Result<bool, ReadModelError> {
        let generation = self.generation.ok_or_else(not_begun)?;
        let holds = std::mem::take(&mut self.holds);
        let switch = generations::switch_to(&self.session.client, generation, holds);
        Ok(within(Use::Bulk.limit(), switch).await.map_err(|e| e.at(&self.url))?)
    }
}

fn not_begun() -> ReadModelError {
    ReadModelError::Unfit("no rebuild was begun".into())
}

/// The generation in use; `None` where there was never one.
///
/// # Errors
/// When the database does not answer.
pub async fn in_use(url: &PostgresUrl) -> Result<Option<PostgresReadModel>, ReadModelError> {
    let current = within(Use::Write.limit(), async {
        let session = Session::connect(url, Use::Write, None).await?;
        generations::current(&session.client).await
    });
    let current = current.await.map_err(|e| e.at(url))?;
    Ok(current.map(|generation| PostgresReadModel::open_generation(url.clone(), generation)))
}

/// Lets a role log in and read, and nothing else; makes it where it is not there. The read models need not be
/// there yet. `password`: where none is given, that is for the server's `pg_hba.conf` to say.
///
/// # Errors
/// When the database does not do it, as when the URL's own role may not make roles.
pub async fn make_reader(
    url: &PostgresUrl,
    name: &str,
    password: Option<&str>,
) -> Result<(), ReadModelError> {
    let made = within(Use::Write.limit(), async {
        let session = Session::connect(url, Use::Write, None).await?;
        let current = generations::current_or_first(&session.client).await?;
        generations::begin(&session.client).await?;
        roles::make_reader(&session.client, name, password).await?;
        generations::show(&session.client, current).await?;
        Ok(session.client.batch_execute("COMMIT").await?)
    });
    Ok(made.await.map_err(|e| e.at(url))?)
}
