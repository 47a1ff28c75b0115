use std::collections::BTreeSet;

use serde_json::json;
use tidings_tests::{
    CommandHost, Ledger, ProcessHost, ProjectionHost, QueryHost, Talk, Urls, audit, command, folder, query,
    until,
};

use crate::{ANN, BEN, made, until_answered};

const COMMENTS: usize = 1_000;

#[tokio::test]
async fn a_process_host_that_is_killed_in_the_midst_of_its_work_ends_it_when_it_is_back() {
    let data = folder();
    let (urls, at) = (Urls::embedded(data.path()), format!("sqlite:{}", data.path().display()));
    let with_ledger = |command: &mut std::process::Command| {
        command.args(["--ledger", &at]);
    };
    let commands = CommandHost::on(&urls, with_ledger).await;
    let _projection = ProjectionHost::on(&urls, |_| {}).await;
    let queries = QueryHost::on(&urls, with_ledger).await;
    let (mut talk, mut asker) = (commands.talk().await, queries.talk().await);
    let post = made(&mut talk, "CreatePost", ANN, json!({ "text": "x" })).await;
    let target = format!("post-{post}");
    for number in 0..COMMENTS {
        let comment = json!({ "target": target, "text": format!("comment {number}") });
        talk.ok(&command("AddComment", BEN, comment)).await;
    }
    talk.ok(&command("DeletePost", ANN, json!({ "post": post }))).await;
    assert_eq!(asker.ok(&query("Processes", json!({}))).await["data"], json!([]), "none has run yet");
    let mut in_the_midst = 0;
    for _ in 0..4 {
        let mut host = ProcessHost::on(&urls, &at, commands.commands, |_| {}).await;
        // Killed as soon as it has done something more.
        let before = asker.call(&query("Profile", json!({ "user": BEN }))).await;
        let before = before["data"]["comments"].as_u64().unwrap();
        until("it does something", async || {
            let now = asker.call(&query("Profile", json!({ "user": BEN }))).await;
            let now = now["data"]["comments"].as_u64().unwrap();
            (now == 0 || now < before).then_some(())
        })
        .await;
        host.process.kill();
        let left = asker.call(&query("Profile", json!({ "user": BEN }))).await;
        in_the_midst += u32::from(left["data"]["comments"].as_u64() > Some(0));
    }
    assert!(in_the_midst > 0, "all was done before the first kill");
    // Two at once do the same, to the same end.
    let one = ProcessHost::on(&urls, &at, commands.commands, |_| {}).await;
    let other = ProcessHost::on(&urls, &at, commands.commands, |_| {}).await;
    until_answered(&mut asker, "Profile", json!({ "user": BEN }), json!({ "comments": 0 })).await;
    until("the process has caught up", async || {
        lags(&mut asker).await.iter().all(|lag| *lag == 0).then_some(())
    })
    .await;
    drop((one, other));
    talk.ok(&command("CreatePost", ANN, json!({ "text": "nobody looks at it" }))).await;
    assert_eq!(lags(&mut asker).await.iter().sum::<u64>(), 1);

    let (log, _) = audit(data.path(), &Ledger::default()).await;
    let removals: Vec<&str> = log
        .values()
        .filter(|commit| commit.events[0].name == "CommentRemoved")
        .map(|commit| commit.stream.as_str())
        .collect();
    let removed: BTreeSet<&str> = removals.iter().copied().collect();
    assert_eq!((removals.len(), removed.len()), (COMMENTS, COMMENTS), "each once");
}

/// By how much the process is behind the log, of each partition.
async fn lags(asker: &mut Talk) -> Vec<u64> {
    let reply = asker.ok(&query("Processes", json!({}))).await;
    let rows = reply["data"].as_array().unwrap().iter().filter(|row| row["process"] == "cleanup");
    rows.map(|row| row["lag"].as_u64().unwrap()).collect()
}
