//! eventhorizon on the same server: the harness in `bench/peers/eventhorizon`.

use std::path::PathBuf;
use std::process::Command;

use super::Run;
use crate::event::BYTES;
use crate::report::Figures;
use crate::{Failure, peer};

/// The name of a figure.
pub(crate) fn name(writers: usize, gaps: bool) -> String {
    let mode = if gaps { "with gaps" } else { "gap-free" };
    format!("eventhorizon saves, {writers} writers, {mode}")
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/eventhorizon")
}

/// Builds the harness; needs Go.
pub(crate) fn build() -> Result<(), Failure> {
    let mut go = Command::new("go");
    let built = go.args(["build", "-o", "target/peer-eventhorizon", "."]).current_dir(folder()).status();
    let built = built.map_err(|e| format!("--peer needs Go: {e}"))?;
    if built.success() { Ok(()) } else { Err("the harness of eventhorizon cannot be built".into()) }
}

/// Saves of one event of a new aggregate by so many writers.
pub(crate) fn saves(run: &Run, writers: usize, gaps: bool, figures: &mut Figures) -> Result<(), Failure> {
    let samples = run.fresh(|place| {
        let mut command = Command::new(folder().join("target/peer-eventhorizon"));
        command.args(["--mongodb", place.mongodb(), "--database", place.name()]);
        command.args(["--clients", &writers.to_string(), "--bytes", &BYTES.to_string()]);
        command.args(["--seconds", &run.time.as_secs_f64().to_string()]);
        if gaps {
            command.arg("--gaps");
        }
        peer::run(&mut command, "bench/peers/eventhorizon/README.md")
    })?;
    for sample in samples {
        figures.sample(name(writers, gaps), sample);
    }
    Ok(())
}
