//! The commits of a file, read and proven on a thread of their own, ahead of who takes them.

use std::path::Path;

use tidings_eventstore::Commit;
use tokio::sync::mpsc;

use super::ImportError;
use crate::log_file::{Header, LogFile, LogFileError};

/// The most commits, and about the most bytes, that are handed over at a time.
const COMMITS: usize = 512;
const BYTES: usize = 2 << 20;

/// A file that is being read.
pub(super) struct Feed {
    commits: mpsc::Receiver<Result<Read, LogFileError>>,
    header: Option<Header>,
    whole: bool,
}

enum Read {
    Header(Header),
    Commits(Vec<Commit>),
    /// The end was there and right.
    End,
}

impl Feed {
    pub(super) fn start(file: &Path) -> Self {
        let (sender, commits) = mpsc::channel(3);
        let file = file.to_owned();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = read(&file, &sender) {
                // Nobody who listens is nobody who has to be told.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Self { commits, header: None, whole: false }
    }

    async fn header(&mut self) -> Result<&Header, ImportError> {
        if self.header.is_none()
            && let Some(Read::Header(header)) = self.receive().await?
        {
            self.header = Some(header);
        }
        self.header.as_ref().ok_or_else(|| ImportError::Stopped("it has no header".into()))
    }

    /// How many partitions the log had.
    pub(super) async fn partitions(&mut self) -> Result<u16, ImportError> {
        Ok(self.header().await?.partitions)
    }

    /// How many commits there are.
    pub(super) async fn commits(&mut self) -> Result<u64, ImportError> {
        Ok(self.header().await?.commits.iter().sum())
    }

    /// The next commits; `None` where the file was read whole.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Commit>>, ImportError> {
        // Others get their turn, such as who listens for Ctrl-C: what is read ahead may never have to be waited for.
        tokio::task::yield_now().await;
        loop {
            match self.receive().await? {
                Some(Read::Commits(commits)) => return Ok(Some(commits)),
                Some(Read::Header(_)) => {}
                Some(Read::End) => self.whole = true,
                None if self.whole => return Ok(None),
                None => return Err(ImportError::Stopped("its reader has ended".into())),
            }
        }
    }

    async fn receive(&mut self) -> Result<Option<Read>, ImportError> {
        self.commits.recv().await.transpose().map_err(ImportError::File)
    }
}

fn read(file: &Path, to: &mpsc::Sender<Result<Read, LogFileError>>) -> Result<(), LogFileError> {
    let mut file = LogFile::open(file)?;
    let mut open = to.blocking_send(Ok(Read::Header(file.header().clone()))).is_ok();
    let (mut commits, mut bytes) = (Vec::with_capacity(COMMITS), 0);
    while open {
        let next = file.next()?;
        let last = next.is_none();
        bytes += next.as_ref().map_or(0, Commit::bytes);
        commits.extend(next);
        if last || commits.len() >= COMMITS || bytes >= BYTES {
            open = to.blocking_send(Ok(Read::Commits(std::mem::take(&mut commits)))).is_ok();
            bytes = 0;
        }
        if last {
            let _ = to.blocking_send(Ok(Read::End));
            return Ok(());
        }
    }
    Ok(())
}
