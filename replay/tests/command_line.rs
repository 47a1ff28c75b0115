//! Wrong command lines: each ends with 2 and one sentence on what is allowed, before anything is opened.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod program;

use program::{run, says};

/// Each is refused with these words, and makes nothing.
fn refused(lines: &[(&[&str], &str)]) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    for (line, wanted) in lines {
        let output = run(&data, line);
        let said = says(&output);
        assert!(output.status.code() == Some(2) && said.contains(wanted), "{line:?}: {output:?}");
        assert!(!said.contains("18446744073709551615"), "a limit that nobody can mean is not told: {said}");
        assert!(!data.exists(), "{line:?} made something");
    }
}

#[test]
fn a_number_that_cannot_be_0_is_refused_with_what_is_allowed() {
    let least = "a whole number, 1 at least";
    refused(&[
        (&["rebuild", "--workers", "0"], least),
        (&["rebuild", "--memory", "0"], least),
        (&["verify", "--page", "0"], least),
        (&["diff", "--workers", "0"], least),
        (&["at", "--position", "0:1", "--into", "past", "--page", "0"], least),
        (&["stream", "post-1", "--version", "0"], least),
        (&["commands", "list", "--most", "0"], least),
        (&["import", "log.jsonl", "--partitions", "0"], "a log has 1 to 256 partitions"),
        (&["import", "log.jsonl", "--partitions", "257"], "a log has 1 to 256 partitions"),
        (&["at", "--position", "3:0", "--into", "past"], "commits are numbered from 1"),
        #[cfg(feature = "servers")]
        (&["publish", "--bus", "kafka://h:1/t", "--from", "3:0"], "commits are numbered from 1"),
    ]);
}

#[test]
fn positions_that_contradict_each_other_are_refused() {
    let twice = "partition 0 is named twice";
    refused(&[
        (&["at", "--position", "0:3,0:5", "--into", "past"], twice),
        (&["at", "--position", "0:3", "--position", "0:5", "--into", "past"], twice),
        #[cfg(feature = "servers")]
        (&["publish", "--bus", "kafka://h:1/t", "--from", "0:3,0:5"], twice),
    ]);
}

#[test]
fn a_place_that_cannot_be_meant_is_refused() {
    refused(&[
        (&["commands", "--ledger", "none", "list"], "--ledger none keeps no commands"),
        (&["at", "--position", "0:3", "--into", ""], "--into"),
    ]);
    #[cfg(feature = "servers")]
    refused(&[
        (&["publish", "--bus", "local"], "--bus local has no topics"),
        (&["publish", "--bus", "kafka://h:1/t", "--topic", "t"], "pass --live in place of --topic"),
        (&["publish", "--bus", "kafka://h:1/t", "--topic", "a b"], "a b"),
        (
            &["at", "--views", "postgres://u@h/d", "--position", "0:3", "--into", "Past"],
            "no name for a schema",
        ),
    ]);
}
