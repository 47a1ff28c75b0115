//! A program that does its work and ends.

use std::ffi::OsStr;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use crate::process::program;
use crate::{LIMIT, binary};

/// What a program ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Its exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it said on standard output.
    pub stdout: String,
    /// What it said on standard error.
    pub stderr: String,
}

/// Runs a program to its end.
///
/// # Panics
/// When it does not end.
pub async fn run<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> Output {
    let mut command = program(binary(name));
    command.args(arguments).stdin(Stdio::null());
    let mut command = Command::from(command);
    let output = timeout(LIMIT, command.kill_on_drop(true).output()).await;
    let output = output.unwrap_or_else(|_| panic!("{name} does not end")).unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
