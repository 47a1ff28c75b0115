//! A disk that fills up, becomes read-only or cannot sync, and gets well again, while a program runs on it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// What is wrong with the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// There is no room.
    Full,
    /// The file system is read-only, as after an error of the disk.
    ReadOnly,
    /// What was written cannot be made durable.
    Sync,
}

/// A folder whose disk fails when it is told to, for programs that are started [`on`](Disk::on) it.
pub struct Disk {
    folder: TempDir,
    /// What is on it.
    below: PathBuf,
    fault: PathBuf,
}

impl Disk {
    /// A disk that is well.
    ///
    /// # Panics
    /// When no folder can be made.
    #[expect(clippy::new_without_default)]
    pub fn new() -> Self {
        let folder = crate::folder();
        let below = folder.path().join("disk");
        fs::create_dir(&below).unwrap();
        Self { fault: folder.path().join("fault"), folder, below }
    }

    /// A disk that is well and holds all below a folder that is there.
    pub fn around(below: &Path) -> Self {
        let folder = crate::folder();
        Self { fault: folder.path().join("fault"), folder, below: below.to_owned() }
    }

    /// The folder of data on it, which is not there yet.
    pub fn data(&self) -> PathBuf {
        self.below.join("data")
    }

    /// Lets a program run on it.
    pub fn on(&self, command: &mut Command) {
        command.env("LD_PRELOAD", library());
        command.env("FAULT_FILE", &self.fault).env("FAULT_FOLDER", &self.below);
    }

    /// From now on it fails.
    pub fn fails(&self, fault: Fault) {
        self.fails_at(fault, "");
    }

    /// From now on it fails for files whose path has this part.
    ///
    /// # Panics
    /// When that cannot be told to the programs.
    pub fn fails_at(&self, fault: Fault, part: &str) {
        let word = match fault {
            Fault::Full => "full",
            Fault::ReadOnly => "readonly",
            Fault::Sync => "sync",
        };
        let draft = self.folder.path().join("draft");
        fs::write(&draft, format!("{word} {part}")).unwrap();
        fs::rename(&draft, &self.fault).unwrap();
    }

    /// From now on it works.
    ///
    /// # Panics
    /// When it did not fail.
    pub fn works(&self) {
        fs::remove_file(&self.fault).unwrap();
    }
}

/// The library that is loaded before the C library, built beside the test.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let folder = crate::folder();
        let draft = folder.path().join("fault.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/fault.c");
        let cc = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let built = Command::new(cc)
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .args([&draft, &source])
            .arg("-ldl")
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let library = std::env::current_exe().unwrap().with_file_name("fault.so");
        // Other tests may be doing the same: a rename is whole.
        let beside = library.with_extension(std::process::id().to_string());
        fs::copy(&draft, &beside).unwrap();
        fs::rename(&beside, &library).unwrap();
        library
    })
}
