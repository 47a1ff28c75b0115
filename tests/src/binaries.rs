//! The programs under test, built once, with the profile and into the folder of the test itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

const PROGRAMS: [&str; 6] = [
    "tidings",
    "tidings-command-host",
    "tidings-process-host",
    "tidings-projection-host",
    "tidings-query-host",
    "replay",
];

/// The path of a program, such as `tidings` or `replay`: in the folder that `TIDINGS_TEST_PROGRAMS` names, else built.
///
/// # Panics
/// When it cannot be built, or there is none of this name.
pub fn binary(name: &str) -> &'static Path {
    static BINARIES: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BINARIES.get_or_init(build).get(name).unwrap_or_else(|| panic!("no package builds a program {name}"))
}

fn build() -> BTreeMap<String, PathBuf> {
    if let Some(folder) = std::env::var_os("TIDINGS_TEST_PROGRAMS") {
        return PROGRAMS.map(|name| (name.to_owned(), Path::new(&folder).join(name))).into();
    }
    let test = std::env::current_exe().unwrap();
    // <target folder>/<profile>/deps/<test>, or <target folder>/<profile>/<program>
    let folder = test.parent().unwrap();
    let profile = if folder.ends_with("deps") { folder.parent().unwrap() } else { folder };
    let profile_name = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    // With the features of the tests, those of a test among them, so that what was built for these need not be built
    // again.
    build.args(["build", "--workspace", "--all-features", "--locked", "--test", "proxy"]);
    // What cargo tells a test about its own package would make it build again what looks at such variables (`ring` does),
    // and all that stands on it.
    let of_the_test = |name: &str| {
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_", "CARGO_PRIMARY_"]
            .iter()
            .any(|p| name.starts_with(p))
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(of_the_test) {
            build.env_remove(name);
        }
    }
    build.arg("--message-format=json-render-diagnostics");
    build.args(["--profile", profile_name]).arg("--target-dir").arg(profile.parent().unwrap());
    for program in PROGRAMS {
        build.args(["--bin", program]);
    }
    let built = build.output().unwrap();
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "the programs cannot be built:\n{said}");
    let messages = String::from_utf8(built.stdout).unwrap();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executable = |message: Value| {
        let name = message["target"]["name"].as_str()?.to_owned();
        Some((name, message["executable"].as_str()?.into()))
    };
    messages.filter_map(executable).collect()
}
