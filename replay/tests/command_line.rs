//! What the program says: of wrong command lines, each of which ends with 2 and one sentence on what is allowed before
//! anything is opened; and of one of a thing.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;
mod program;

use log::{Raw, event};
use program::{run, says};
use tidings_eventstore::SqliteLog;

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

#[tokio::test]
async fn of_one_thing_it_speaks_as_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, file, views, past) =
        (folder.path().join("data"), path("log"), format!("sqlite:{}", path("views")), path("past"));
    let mut raw = Raw::new(1);
    let [post, user] = [2, 1].map(|n| format!("01930000-0000-7000-8000-00000000000{n}"));
    raw.append(
        &format!("post-{post}"),
        vec![event("PostEdited", &format!(r#"{{"post":"{post}","text":"a"}}"#))],
    );
    let follow = format!(r#"{{"follower":"{user}","followee":"{user}"}}"#);
    raw.append("lamp-1", vec![event("TurnedOn", "{}")]);
    raw.append(&format!("follow-{user}-{user}"), vec![event("Followed", &follow)]);
    raw.append("post-2", vec![event("PostEdited", "{}")]);
    let log = SqliteLog::create_or_open(&data, 1).unwrap();
    raw.fill(&log).await;
    log.close().await;
    let mut one = Raw::new(1);
    one.append("lamp-1", vec![event("TurnedOn", "{}")]);
    let single = folder.path().join("single");
    let log = SqliteLog::create_or_open(&single, 1).unwrap();
    one.fill(&log).await;
    log.close().await;

    let mut said = String::new();
    let copy = folder.path().join("copy");
    for (data, line) in [
        (&data, &["rebuild", "--views", &views] as &[&str]),
        (&data, &["rebuild", "--views", &views]),
        (&data, &["verify", "--views", &views]),
        (&data, &["diff", "--views", &views]),
        (&data, &["drop-old", "--views", &views]),
        (&data, &["parked", "retry", "--views", &views]),
        (&data, &["at", "--views", &views, "--position", "0:1", "--into", &past]),
        (&single, &["verify", "--log-only"]),
        (&single, &["export", &file]),
        (&copy, &["import", &file]),
        (&copy, &["import", &file]),
    ] {
        said += &says(&run(data, line));
    }
    for words in
        ["1 row,", "1 event ", "1 commit,", "1 commit ", "1 partition)", "1 stream,", "1 read model "]
    {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
    for things in ["events", "rows", "commits", "partitions", "streams", "read models"] {
        for before in [" ", "(", "\n"] {
            assert!(!said.contains(&format!("{before}1 {things}")), "{things} in\n{said}");
        }
    }
}
