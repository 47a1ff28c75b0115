//! The program, killed at any moment: an export leaves a whole file or none, an import the beginning of the log.
#![cfg(unix)]
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;
mod program;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use log::{Raw, store_of};
use program::{replay, run, says};
use rustix::process::{Pid, Signal, kill_process};
use tidings_eventstore::{Head, Log, MemoryLog, SqliteLog};
use tidings_replay::{import, verify_log};
use tidings_world::{Seeded, World};

async fn heads(data: &Path) -> Vec<Head> {
    let log = SqliteLog::open_read_only(data).unwrap();
    let mut heads = Vec::new();
    for partition in 0..log.shape().partitions {
        heads.push(log.head(partition).await.unwrap());
    }
    log.close().await;
    heads
}

async fn log_in(data: &Path, raw: &Raw) {
    let log = SqliteLog::create_or_open(data, raw.partitions.len() as u16).unwrap();
    raw.fill(&log).await;
    log.close().await;
}

/// Sends a signal after a while; tells whether it came before the end.
fn signal_after(mut child: Child, delay: Duration, signal: Signal) -> (bool, Option<i32>) {
    let until = Instant::now() + delay;
    while Instant::now() < until {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let before = child.try_wait().unwrap().is_none();
    if before {
        kill_process(Pid::from_child(&child), signal).unwrap();
    }
    (before, child.wait().unwrap().code())
}

#[tokio::test]
async fn an_export_that_is_killed_leaves_a_whole_file_or_none_and_an_import_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy, moved) =
        (folder.path().join("data"), folder.path().join("copy"), folder.path().join("moved"));
    let raw = Raw::random(4, 20_000);
    log_in(&data, &raw).await;
    let file = folder.path().join("log.jsonl.zst");
    let (path, world) = (file.to_str().unwrap(), Seeded::new(9));
    let whole = Instant::now();
    let output = run(&data, &["export", path]);
    let mut whole = whole.elapsed();
    assert!(output.status.success() && says(&output).contains("exported 20000 commits"), "{}", says(&output));
    let mut killed = 0;
    fs::remove_file(&file).unwrap();
    let random = |most: Duration| Duration::from_millis(world.random() % (most.as_millis() as u64).max(1));
    while killed < 6 {
        let child = replay(&data, &["export", path]).spawn().unwrap();
        match signal_after(child, random(whole), Signal::KILL) {
            (true, _) => killed += 1,
            // It may be faster now than it was before.
            (false, code) => {
                assert_eq!(code, Some(0), "it goes well where nobody stops it");
                whole = whole * 3 / 4;
            }
        }
        if file.exists() {
            let left = import(&file, &MemoryLog::new(4), Default::default(), |_| {}).await;
            assert!(left.is_ok(), "it is whole where it is there: {left:?}");
            fs::remove_file(&file).unwrap();
        }
    }
    assert!(run(&data, &["export", path]).status.success(), "what the killed ones left is no hindrance");
    assert!(!folder.path().join("log.jsonl.zst.draft").exists());

    for (target, partitions) in [(&copy, "4"), (&moved, "3")] {
        let (mut killed, mut seen) = (0, 0);
        let whole = Instant::now();
        for round in 0.. {
            let child = replay(target, &["import", path, "--partitions", partitions]).spawn().unwrap();
            // Each a little later than the last, so that it ends.
            let delay = random(Duration::from_millis(50)) + Duration::from_millis(60 * round);
            let (was_killed, code) = signal_after(child, delay, Signal::KILL);
            if !was_killed {
                assert_eq!(code, Some(0));
                break;
            }
            killed += 1;
            if target.join("log.sqlite").exists() && SqliteLog::open_read_only(target).is_ok() {
                let now: u64 = heads(target).await.iter().map(|head| head.number).sum();
                assert!(now >= seen, "nothing is lost");
                seen = now;
            }
            assert!(whole.elapsed() < Duration::from_secs(120), "it gets on");
        }
        assert!(killed >= 2, "{killed} were killed");
        let log = SqliteLog::open_read_only(target).unwrap();
        let report = verify_log(&store_of(log.clone()), 2, |_| {}).await.unwrap();
        assert!(report.is_intact() && report.commits() == 20_000, "{report:?}");
        log.close().await;
    }
    assert_eq!(heads(&copy).await, heads(&data).await);
    let again = run(&copy, &["import", path]);
    assert!(says(&again).contains("imported 0 commits"), "{}", says(&again));
}

#[tokio::test]
async fn ctrl_c_ends_an_export_with_code_130_and_without_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    log_in(&data, &Raw::random(4, 20_000)).await;
    let file = folder.path().join("log.jsonl.gz");
    let path = file.to_str().unwrap();
    let mut child = replay(&data, &["--json", "export", path]).spawn().unwrap();
    // The first word tells that it has begun.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    assert!(lines.next().unwrap().unwrap().contains("progress"));
    let (_, code) = signal_after(child, Duration::ZERO, Signal::INT);
    assert_eq!(code, Some(130));
    let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["data"], "neither file nor draft");
}

/// Runs it until its first word on how far it is, sends a signal, and gives its exit code and what it says on standard error.
fn stopped(mut command: Command, signal: Signal) -> (Option<i32>, String) {
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("progress"), "{first}");
    kill_process(Pid::from_child(&child), signal).unwrap();
    let _: Vec<_> = lines.collect();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// As from a terminal, also where the tests themselves were begun under `nohup`: who is started inherits what is ignored.
fn on_a_terminal(command: &Command) -> Command {
    let mut anew = Command::new("env");
    if cfg!(target_os = "linux") {
        anew.arg("--default-signal=HUP");
    }
    anew.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if value.is_none() {
            anew.env_remove(name);
        }
    }
    anew.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    anew
}

#[tokio::test]
async fn who_is_stopped_says_by_what_and_what_that_means() {
    let folder = tempfile::tempdir().unwrap();
    let (data, views) = (folder.path().join("data"), folder.path().join("views"));
    log_in(&data, &Raw::random(4, 20_000)).await;
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, new, url) = (path("log.jsonl"), path("new.jsonl"), format!("sqlite:{}", views.display()));
    assert!(run(&data, &["export", &file]).status.success());
    let in_use = "the read model in use is as it was, unless the new one was just swapped in";
    let (none, anew) = ("nothing was changed", "there is no new file; the same command begins anew");
    let views = ["--views", &url, "--page", "10"];
    for (verb, wanted) in [
        (vec!["export", &new], anew),
        (vec!["rebuild"].into_iter().chain(views).collect(), in_use),
        (vec!["verify"].into_iter().chain(views).collect(), none),
        (vec!["diff"].into_iter().chain(views).collect(), none),
        (vec!["import", &file], "what the log holds is right, and the same command goes on"),
    ] {
        for (signal, name, code) in
            [(Signal::INT, "SIGINT", 130), (Signal::TERM, "SIGTERM", 143), (Signal::HUP, "SIGHUP", 129)]
        {
            let target = folder.path().join(name);
            let log = if verb[0] == "import" { &target } else { &data };
            let command = replay(log, &[&["--json"], &verb[..]].concat());
            let (ended, said) = stopped(on_a_terminal(&command), signal);
            assert_eq!(ended, Some(code), "{verb:?}: {said}");
            assert!(said.starts_with(&format!("replay: stopped by {name}: {wanted}")), "{verb:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}

/// As under `nohup`.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn who_is_to_outlive_its_terminal_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    log_in(&data, &Raw::random(4, 5_000)).await;
    let export = replay(&data, &["--json", "export", folder.path().join("log").to_str().unwrap()]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' HUP; exec \"$@\"", "sh"]).arg(export.get_program()).args(export.get_args());
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    let (ended, said) = stopped(shell, Signal::HUP);
    assert_eq!(ended, Some(0), "{said}");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (data, other) = (folder.path().join("data"), folder.path().join("other"));
    log_in(&data, &Raw::random(4, 200)).await;
    let mut longer = Raw::random(4, 200);
    longer.append("lamp-1", vec![log::event("TurnedOn", "{}")]);
    log_in(&other, &longer).await;
    let file = folder.path().join("log");
    let path = file.to_str().unwrap();
    assert!(run(&data, &["export", path]).status.success());
    let refused = |data: &Path, arguments: &[&str], wanted: &str| {
        let output = run(data, arguments);
        assert!(output.status.code() == Some(1) && says(&output).contains(wanted), "{}", says(&output));
    };
    refused(&data, &["export", path], "is there already; name another file, or pass --overwrite");
    refused(&other, &["import", path], "the target holds another log");
    refused(&other, &["import", path, "--partitions", "5"], "has 4 partitions, and not 5");
    refused(&data, &["import", "/nowhere/log"], "No such file");
    refused(&data, &["export", "/nowhere/log"], "No such file");
    refused(&data, &["import", data.join("log.sqlite").to_str().unwrap()], "is no export of a log");
    refused(&folder.path().join("none"), &["export", folder.path().join("x").to_str().unwrap()], "none");
    let five = folder.path().join("five");
    log_in(&five, &Raw::new(5)).await;
    refused(&five, &["import", path], "pass --partitions 5");
    assert!(run(&five, &["import", path, "--partitions", "5"]).status.success());
    refused(&data, &["stream", "post-01930000-0000-7000-8000-00000000000a"], "check the id");
    assert_eq!(run(&data, &["stream", "no stream"]).status.code(), Some(2));
}
