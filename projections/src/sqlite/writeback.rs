//! A shadow's way to the disk.
//!
//! What is written to a file waits in the system's memory. While a shadow is filled it is sent on to the disk all the
//! time, which is idle otherwise, so little is left when it is made durable.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two times that it is sent on.
const PAUSE: Duration = Duration::from_millis(200);

/// Sends a file on to the disk until it is synced or dropped.
///
/// To be dropped after the connections of this process to the file: who closes a file lets go of all locks that the
/// process has on it, SQLite's too.
pub(super) struct Writeback {
    file: Arc<File>,
    /// Gone when it is to stop.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Writeback {
    pub(super) fn start(path: &Path) -> io::Result<Self> {
        let (file, (stop, stopped)) = (Arc::new(File::open(path)?), channel());
        let written = file.clone();
        let work = move || {
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PAUSE) {
                written.sync_data()?;
            }
            Ok(())
        };
        let thread = thread::Builder::new().name("views-writeback".into()).spawn(work)?;
        Ok(Self { file, stop: Some(stop), thread: Some(thread) })
    }

    /// Makes durable all that was written, and stops.
    ///
    /// # Errors
    /// When anything that was written since the start is not on the disk: the system says so once, to whoever asks first.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        self.stop()?;
        self.file.sync_all()
    }

    fn stop(&mut self) -> io::Result<()> {
        self.stop = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(io::Error::other("the thread that writes back has panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Writeback {
    fn drop(&mut self) {
        // Who drops it without a sync throws the file away.
        let _ = self.stop();
    }
}
