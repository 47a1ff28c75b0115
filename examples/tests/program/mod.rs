//! Runs the examples as a person does: as processes.
#![allow(dead_code, clippy::unwrap_used, reason = "helpers of tests; each file uses a part")]

use std::ffi::OsStr;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a program has left behind.
#[derive(Debug)]
pub struct Ended {
    pub ok: bool,
    pub out: String,
    pub err: String,
}

/// The program of an example, which `cargo test` has built beside this test.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples").join(name);
    let program = program.with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{program:?} is not built; `cargo test -p tidings-examples` builds it first");
    program
}

/// Runs an example to its end.
pub fn run(name: &str, args: &[impl AsRef<OsStr>], input: &str) -> Ended {
    let mut command = Command::new(example(name));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The inputs are small: they fit into the pipe. A program that reads none may have closed it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        ok: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
