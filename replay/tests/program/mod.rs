//! The program, as a person calls it.
#![allow(dead_code)] // each test uses a part

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program on a log in a folder, with nothing of the environment.
pub fn replay(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_replay"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TIDINGS_") {
            command.env_remove(name);
        }
    }
    command.arg("--store").arg(format!("sqlite:{}", data.display())).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What it ends with.
pub fn run(data: &Path, arguments: &[&str]) -> Output {
    replay(data, arguments).output().unwrap()
}

/// All that it says.
pub fn says(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
