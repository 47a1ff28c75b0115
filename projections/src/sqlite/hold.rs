//! A read model that is kept from moving on while another is put in its place.

use std::sync::Mutex;

use rusqlite::Connection;

use crate::{Checkpoint, ReadModelError};

use super::connect::{self, unreadable};
use super::moment::on_a_thread;
use super::{Generations, store};

/// The generation in use as nobody writes to it, until this is dropped: writers, in any process, wait. Readers do not.
pub struct Hold {
    checkpoint: Checkpoint,
    /// In the midst of a transaction that writes nothing.
    _connection: Mutex<Connection>,
}

impl Hold {
    /// Takes hold of it, after the step that is being written; `None` where there was never a read model. Of a group that
    /// was never attached the checkpoint is empty.
    ///
    /// # Errors
    /// When others write to it for seconds, or the file cannot be read.
    pub async fn begin(generations: &Generations, group: &str) -> Result<Option<Self>, ReadModelError> {
        let (generations, group) = (generations.clone(), group.to_owned());
        on_a_thread(move || {
            let unreached = |e: std::io::Error| ReadModelError::Unavailable(e.to_string());
            let Some(current) = generations.current().map_err(unreached)? else { return Ok(None) };
            let connection = connect::writing(&generations.file(current))?;
            connection.execute_batch("BEGIN IMMEDIATE").map_err(|e| unreadable(&e))?;
            let checkpoint = store::checkpoint_within(&connection, &group)?.unwrap_or_default();
            Ok(Some(Self { checkpoint, _connection: Mutex::new(connection) }))
        })
        .await
    }

    /// Where the group stands.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
