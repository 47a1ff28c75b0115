//! A rebuild: the lock that one holds, the generation that it fills, the switch to it.

use crate::ReadModelError;

use super::failure::Failure;
use super::session::{Session, Use, within};
use super::{PostgresReadModel, PostgresUrl, generations, roles};

/// A rebuild under way. Its lock dies with its connection, and so with its process.
pub struct Rebuild {
    url: PostgresUrl,
    session: Session,
    generation: u64,
}

impl Rebuild {
    /// Begins: drops all generations but the one in use, and makes the next, empty.
    ///
    /// # Errors
    /// When another rebuild runs, or the database does not do it.
    pub async fn begin(url: PostgresUrl) -> Result<Self, ReadModelError> {
        let begun = within(Use::Bulk.limit(), async {
            let session = Session::connect(&url, Use::Bulk, None).await?;
            if !generations::lock_rebuild(&session.client).await? {
                return Err(Failure::Unavailable("another rebuild is running".into()));
            }
            generations::current_or_first(&session.client).await?;
            generations::drop_others(&session.client).await?;
            let generation = generations::create_next(&session.client).await?;
            Ok((session, generation))
        });
        let (session, generation) = begun.await.map_err(|e| e.at(&url))?;
        Ok(Self { url, session, generation })
    }

    /// The generation being filled.
    pub fn shadow(&self) -> PostgresReadModel {
        PostgresReadModel::open_shadow(self.url.clone(), self.generation)
    }

    /// Puts the new generation in the place of the one in use, for all readers and writers, and gives the lock back.
    ///
    /// # Errors
    /// When the database does not do it, as when a person reads a view all the time; the old one stays in use.
    pub async fn swap(self) -> Result<(), ReadModelError> {
        let swapped = generations::switch_to(&self.session.client, self.generation);
        Ok(within(Use::Bulk.limit(), swapped).await.map_err(|e| e.at(&self.url))?)
    }
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
