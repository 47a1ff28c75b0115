//! UmaDB with as many clients: the harness in `bench/peers/umadb`, built and found beside this program's sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::event::BYTES;
use crate::report::Figures;
use crate::{Failure, peer};

/// The name of a figure.
pub(crate) fn name(clients: usize) -> String {
    format!("UmaDB appends, {clients} clients")
}

/// Conditional appends of one event by so many clients, to a fresh server on a fresh folder.
pub(crate) fn appends(
    folder: &Path,
    clients: usize,
    time: Duration,
    figures: &mut Figures,
) -> Result<(), Failure> {
    let harness = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/umadb/target/release/peer-umadb");
    let mut command = Command::new(&harness);
    command.arg("--dir").arg(folder);
    command.args(["--clients", &clients.to_string(), "--seconds", &time.as_secs_f64().to_string()]);
    command.args(["--bytes", &BYTES.to_string()]);
    if let Some(server) = std::env::var_os("UMADB") {
        command.arg("--server").arg(server);
    }
    for sample in peer::run(&mut command, "bench/peers/umadb/README.md")? {
        figures.sample(name(clients), sample);
    }
    Ok(())
}
