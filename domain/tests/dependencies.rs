use std::process::Command;

/// Every package that `tidings-domain` needs to run, with its features.
fn tree() -> String {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", "tidings-domain", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p} [{f}]", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn no_runtime_clock_or_randomness_is_among_them() {
    let tree = tree();
    assert!(tree.starts_with("tidings-domain "), "{tree}");
    for line in tree.lines() {
        let name = line.split(' ').next().unwrap();
        let banned = ["tokio", "rand", "rand_core", "getrandom", "chrono", "async-trait", "mio", "futures"];
        assert!(!banned.contains(&name), "{line}");
    }
}

#[test]
fn uuids_are_not_made_here() {
    let tree = tree();
    let uuid = tree.lines().find(|line| line.starts_with("uuid ")).unwrap();
    let (_, features) = uuid.split_once('[').unwrap();
    for feature in features.trim_end_matches(']').split(',') {
        assert!(!["v1", "v4", "v6", "v7", "rng", "fast-rng"].contains(&feature), "{uuid}");
    }
}

#[test]
fn times_are_not_told_by_a_clock() {
    let tree = tree();
    let time = tree.lines().find(|line| line.starts_with("time ")).unwrap();
    // With `std`, `OffsetDateTime::now_utc` is there.
    assert!(!time.contains("std") && !time.contains("local-offset"), "{time}");
}
