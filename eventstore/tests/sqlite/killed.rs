//! Another process that writes, and its sudden end.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tidings_eventstore::{OpenError, SqliteLog, verify};
use uuid::Uuid;

use crate::sample::{append, start};

/// The other process: appends without end, eight at a time, and prints the commands that were acknowledged.
#[tokio::test]
#[ignore = "the other process of the tests here"]
async fn append_until_killed() {
    let log = SqliteLog::create_or_open(std::env::var("TIDINGS_TEST_FOLDER").unwrap(), 2).unwrap();
    let first = u128::from(log_size(&log).await) + 1;
    let store = start(log);
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0.. {
                    let command = first + n * 8 + client;
                    store.append(append(command * 1_000 + first, "{}")).await.unwrap();
                    // The full stop tells a whole line from one that the end cut short.
                    println!("\nacknowledged {}.", command * 1_000 + first);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
}

async fn log_size(log: &SqliteLog) -> u64 {
    let mut commits = 0;
    for partition in 0..2 {
        commits += verify(log, partition, |_| {}).await.unwrap().commits;
    }
    commits
}

fn other_process(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::append_until_killed", "--ignored", "--nocapture"])
        .env("TIDINGS_TEST_FOLDER", folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test]
async fn what_a_killed_process_acknowledged_is_there_and_nothing_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: Vec<Uuid> = Vec::new();
    for kill_after in [1, 17, 60] {
        let mut child = other_process(folder.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut numbers =
            lines.filter_map(|line| line.strip_prefix("acknowledged ")?.strip_suffix('.')?.parse().ok());
        acknowledged.extend(numbers.by_ref().take(kill_after).map(Uuid::from_u128));
        // While it lives, nobody else may write, and is told who does.
        match SqliteLog::create_or_open(folder.path(), 2).err().unwrap() {
            OpenError::InUse { process, .. } => assert_eq!(process, Some(child.id())),
            other => panic!("{other}"),
        }
        child.kill().unwrap();
        acknowledged.extend(numbers.map(Uuid::from_u128));
        child.wait().unwrap();

        let log = SqliteLog::create_or_open(folder.path(), 2).unwrap();
        assert!(log_size(&log).await >= acknowledged.len() as u64);
        let store = start(log.clone());
        for command in &acknowledged {
            assert!(store.find_command(*command).await.unwrap().is_some(), "{command}");
        }
        drop(store);
        log.close().await;
    }
    assert!(acknowledged.len() >= 78);
}
