//! Writing a file of a log: beside its place until it is whole, compressed as its name says.

use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;

use super::LogFileError;

/// A file that is not whole yet: `NAME.draft` beside it. Thrown away where it is not finished; what a killed process
/// left is overwritten by the next.
pub(crate) struct Draft {
    file: PathBuf,
    draft: PathBuf,
    out: Option<Out>,
}

/// How it is compressed.
enum Out {
    Plain(BufWriter<File>),
    Gzip(Box<GzEncoder<File>>),
    Zstd(Box<zstd::Encoder<'static, File>>),
}

impl Draft {
    /// Begins a file: `.zst` and `.gz` are compressed.
    pub(crate) fn begin(file: &Path, overwrite: bool) -> Result<Self, LogFileError> {
        if !overwrite && file.exists() {
            return Err(LogFileError::Exists { file: file.into() });
        }
        let mut draft = file.as_os_str().to_owned();
        draft.push(".draft");
        let draft = PathBuf::from(draft);
        let failed = |error: io::Error| LogFileError::Io { file: draft.clone(), cause: error.to_string() };
        // Emptied only under the lock: another export may be writing it.
        let opened = File::options().create(true).write(true).truncate(false).open(&draft).map_err(failed)?;
        match opened.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogFileError::InUse { file: file.into() }),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        if !is_at(&opened, &draft) {
            // Another export was just done with it, and what is open here is its whole file.
            return Err(LogFileError::InUse { file: file.into() });
        }
        opened.set_len(0).map_err(failed)?;
        let extension = file.extension().and_then(|extension| extension.to_str());
        let out = match extension.map(str::to_ascii_lowercase).as_deref() {
            Some("zst") => {
                let mut zstd = zstd::Encoder::new(opened, zstd::DEFAULT_COMPRESSION_LEVEL).map_err(failed)?;
                zstd.include_checksum(true).map_err(failed)?;
                Out::Zstd(Box::new(zstd))
            }
            Some("gz") => Out::Gzip(Box::new(GzEncoder::new(opened, flate2::Compression::default()))),
            _ => Out::Plain(BufWriter::with_capacity(1 << 20, opened)),
        };
        Ok(Self { file: file.into(), draft, out: Some(out) })
    }

    /// Writes some lines.
    pub(crate) fn write(&mut self, lines: &[u8]) -> Result<(), LogFileError> {
        let written = match &mut self.out {
            Some(Out::Plain(out)) => out.write_all(lines),
            Some(Out::Gzip(out)) => out.write_all(lines),
            Some(Out::Zstd(out)) => out.write_all(lines),
            None => Ok(()),
        };
        written.map_err(|error| self.failed(&error))
    }

    /// It is whole: makes it durable and puts it in its place. Tells its size in bytes.
    pub(crate) fn finish(mut self) -> Result<u64, LogFileError> {
        let finished = match self.out.take() {
            Some(Out::Plain(out)) => out.into_inner().map_err(io::IntoInnerError::into_error),
            Some(Out::Gzip(out)) => out.finish(),
            Some(Out::Zstd(out)) => out.finish(),
            None => return Ok(0),
        };
        let placed = finished.and_then(|finished| {
            finished.sync_all()?;
            fs::rename(&self.draft, &self.file)?;
            let folder = self.file.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
            finished.metadata()
        });
        // It is renamed, or of no use: either way nothing is to be thrown away but what was not placed.
        let size = placed.map_err(|error| {
            let _ = fs::remove_file(&self.draft);
            self.failed(&error)
        })?;
        Ok(size.len())
    }

    fn failed(&self, error: &io::Error) -> LogFileError {
        LogFileError::Io { file: self.file.clone(), cause: error.to_string() }
    }
}

/// Whether an open file is the one at a path.
#[cfg(unix)]
fn is_at(opened: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |found: &fs::Metadata| (found.dev(), found.ino());
    matches!((opened.metadata(), fs::metadata(path)), (Ok(opened), Ok(found)) if id(&opened) == id(&found))
}

/// Elsewhere an open file cannot be renamed.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.out.is_some() {
            // Where it cannot be thrown away, the next export overwrites it.
            let _ = fs::remove_file(&self.draft);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_exports_to_one_file_the_second_is_refused_and_may_come_later() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log");
        let mut first = Draft::begin(&file, false).unwrap();
        first.write(b"first\n").unwrap();
        let second = Draft::begin(&file, false).err().unwrap();
        assert!(matches!(second, LogFileError::InUse { .. }), "{second}");
        assert_eq!(first.finish(), Ok(6));
        drop(Draft::begin(&file, true).unwrap());
        assert_eq!(fs::read(&file).unwrap(), b"first\n", "what was not finished changes nothing");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_renamed_meanwhile_is_not_taken_for_the_draft() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, file) = (folder.path().join("log.draft"), folder.path().join("log"));
        let opened = File::create(&draft).unwrap();
        assert!(is_at(&opened, &draft));
        fs::rename(&draft, &file).unwrap();
        assert!(!is_at(&opened, &draft));
        File::create(&draft).unwrap();
        assert!(!is_at(&opened, &draft));
    }
}
