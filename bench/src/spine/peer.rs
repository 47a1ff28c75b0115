//! UmaDB with as many clients: the harness in `bench/peers/umadb`, built and found beside this program's sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;

use super::report::Figures;
use super::{Sample, plain};
use crate::Failure;

/// What the harness prints.
#[derive(Deserialize)]
struct Measured {
    appends_per_s: f64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
}

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
    command.args(["--bytes", &plain::BYTES.to_string()]);
    if let Some(server) = std::env::var_os("UMADB") {
        command.arg("--server").arg(server);
    }
    let fail = |cause: String| {
        format!("{}: {cause}; bench/peers/umadb/README.md tells how to build it", harness.display())
    };
    let output = command.output().map_err(|e| fail(e.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()).into());
    }
    let measured: Vec<Measured> = serde_json::from_slice(&output.stdout)?;
    for Measured { appends_per_s, p50_us, p95_us, p99_us } in measured {
        figures.sample(name(clients), Sample { per_s: appends_per_s, p50_us, p95_us, p99_us });
    }
    Ok(())
}
