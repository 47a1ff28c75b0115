//! Generations of a read model: the file in use, and the one that a rebuild makes beside it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The generations in a folder.
///
/// ```
/// use tidings_projections::sqlite::Generations;
/// # let folder = tempfile::tempdir()?;
/// let generations = Generations::new(folder.path());
/// assert_eq!(generations.current()?, None);
/// generations.switch_to(1)?;
/// assert_eq!((generations.current()?, generations.next()?), (Some(1), 2));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Generations {
    folder: PathBuf,
}

impl Generations {
    /// Those in a folder, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of a generation.
    pub fn file(&self, generation: u64) -> PathBuf {
        self.folder.join(format!("views-{generation}.sqlite"))
    }

    fn pointer(&self) -> PathBuf {
        self.folder.join("views.current")
    }

    /// The generation in use; `None` where there was never one.
    ///
    /// # Errors
    /// When the pointer file cannot be read, or holds no number.
    pub fn current(&self) -> io::Result<Option<u64>> {
        let text = match fs::read_to_string(self.pointer()) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            // What is no text is no number either.
            Err(e) if e.kind() == ErrorKind::InvalidData => String::new(),
            Err(e) => return Err(e),
        };
        let no_number = |_| {
            let pointer = self.pointer();
            let cause = format!(
                "{} holds no number; remove it and start again: the read model is then made anew from the log",
                pointer.display()
            );
            io::Error::new(ErrorKind::InvalidData, cause)
        };
        text.trim().parse().map(Some).map_err(no_number)
    }

    /// A generation that was never used.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn next(&self) -> io::Result<u64> {
        let last = self.all()?.into_iter().max().max(self.current()?);
        Ok(last.unwrap_or(0) + 1)
    }

    /// Makes a generation the one in use, lastingly and at once: whoever looks sees the old or the new.
    ///
    /// # Errors
    /// When the pointer file cannot be written; then the old one stays in use.
    pub fn switch_to(&self, generation: u64) -> io::Result<()> {
        let draft = self.folder.join(format!("views.current.{}", std::process::id()));
        let mut file = File::create(&draft)?;
        writeln!(file, "{generation}")?;
        file.sync_all()?;
        fs::rename(&draft, self.pointer())?;
        File::open(&self.folder)?.sync_all()
    }

    /// Removes all generations but the one in use: older ones, and what rebuilds that were given up have left.
    /// Who still reads one may finish. Tells how many.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn drop_others(&self) -> io::Result<usize> {
        self.drop_those(|generation, current| generation != current)
    }

    /// Removes generations that rebuilds which were given up have left: those beyond the one in use. Tells how many.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn drop_unfinished(&self) -> io::Result<usize> {
        self.drop_those(|generation, current| generation > current)
    }

    fn drop_those(&self, goes: impl Fn(u64, u64) -> bool) -> io::Result<usize> {
        let Some(current) = self.current()? else { return Ok(0) };
        let mut dropped = 0;
        for generation in self.all()?.into_iter().filter(|generation| goes(*generation, current)) {
            self.drop_one(generation)?;
            dropped += 1;
        }
        Ok(dropped)
    }

    /// Removes one generation, such as that of a rebuild which was given up. Not the one in use.
    ///
    /// # Errors
    /// When it is in use, or a file cannot be removed.
    pub fn drop_one(&self, generation: u64) -> io::Result<()> {
        if self.current()? == Some(generation) {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                format!("generation {generation} is in use"),
            ));
        }
        for end in ["", "-wal", "-shm"] {
            let mut name = self.file(generation).into_os_string();
            name.push(end);
            match fs::remove_file(&name) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        Ok(())
    }

    /// The generations whose files are there.
    fn all(&self) -> io::Result<Vec<u64>> {
        let mut found = Vec::new();
        match fs::read_dir(&self.folder) {
            Ok(entries) => {
                for entry in entries {
                    let name = entry?.file_name();
                    let number =
                        name.to_str().and_then(|n| n.strip_prefix("views-")?.strip_suffix(".sqlite"));
                    found.extend(number.and_then(|n| n.parse::<u64>().ok()));
                }
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        found.sort_unstable();
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_generation_is_beyond_all_files() {
        let folder = tempfile::tempdir().unwrap();
        let generations = Generations::new(folder.path());
        generations.switch_to(2).unwrap();
        fs::write(generations.file(7), "").unwrap();
        assert_eq!(generations.next().unwrap(), 8);
    }

    #[test]
    fn all_generations_but_the_current_one_are_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let generations = Generations::new(folder.path());
        for generation in [1, 2, 3, 4] {
            fs::write(generations.file(generation), "").unwrap();
        }
        generations.switch_to(3).unwrap();
        generations.drop_others().unwrap();
        assert_eq!(generations.all().unwrap(), [3]);
        assert!(generations.drop_one(3).is_err());
    }

    #[test]
    fn a_pointer_with_rubbish_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("views.current"), "abc").unwrap();
        let error = Generations::new(folder.path()).current().unwrap_err();
        assert!(error.to_string().contains("holds no number"), "{error}");
    }
}
