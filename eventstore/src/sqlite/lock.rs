//! The one writing process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::OpenError;

/// Holds the lock file beside a log; the operating system lets go of it however the process ends.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Takes the lock of `log`, whose lock file is named like it with `.lock` after it.
    pub(crate) fn take(log: &Path) -> Result<Self, OpenError> {
        let mut name = log.as_os_str().to_owned();
        name.push(".lock");
        let path = Path::new(&name);
        let failed = |e: std::io::Error| OpenError::io(path, &e);
        let mut options = OpenOptions::new();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(OpenError::InUse { file: log.into(), process: holder.trim().parse().ok() });
            }
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        let write = |file: &mut File| {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).map_err(failed)?;
        Ok(Self(file))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody holds it any more: the number of a process that may be gone would only mislead.
        let _ = self.0.set_len(0);
        let _ = self.0.unlock();
    }
}
