//! What hosts run on.

use std::path::Path;
use std::process::Command;

/// The URLs of a log, a bus and read models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// `--store`.
    pub store: String,
    /// `--bus`.
    pub bus: String,
    /// `--views`.
    pub views: String,
}

impl Urls {
    /// Everything embedded, in a folder.
    pub fn embedded(data: &Path) -> Self {
        let url = format!("sqlite:{}", data.display());
        Self { store: url.clone(), bus: "local".into(), views: url }
    }

    pub(crate) fn tell_store(&self, command: &mut Command) {
        command.args(["--store", &self.store]);
    }

    pub(crate) fn tell_bus(&self, command: &mut Command) {
        command.args(["--bus", &self.bus]);
    }

    pub(crate) fn tell_views(&self, command: &mut Command) {
        command.args(["--views", &self.views]);
    }
}
