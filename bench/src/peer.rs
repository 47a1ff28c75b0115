//! Peers: harnesses of others' stores, programs of their own that print what they measured as JSON.

use std::process::Command;

use serde::Deserialize;

use crate::Failure;
use crate::sample::Sample;

/// What a harness of appends prints, in a list.
#[derive(Deserialize)]
struct Measured {
    appends_per_s: f64,
    p50_us: u64,
    p95_us: u64,
    p99_us: u64,
}

/// Runs a harness of appends to its end. `readme` tells how to build it.
pub(crate) fn run(harness: &mut Command, readme: &str) -> Result<Vec<Sample>, Failure> {
    let measured: Vec<Measured> = serde_json::from_slice(&said(harness, readme)?)?;
    let sample =
        |m: Measured| Sample { per_s: m.appends_per_s, p50_us: m.p50_us, p95_us: m.p95_us, p99_us: m.p99_us };
    Ok(measured.into_iter().map(sample).collect())
}

/// Runs a harness to its end; what it printed.
pub(crate) fn said(harness: &mut Command, readme: &str) -> Result<Vec<u8>, Failure> {
    let program = harness.get_program().to_string_lossy().into_owned();
    let fail = |cause: String| format!("{program}: {cause}; {readme} tells how to build it");
    let output = harness.output().map_err(|e| fail(e.to_string()))?;
    if !output.status.success() {
        return Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned()).into());
    }
    Ok(output.stdout)
}
