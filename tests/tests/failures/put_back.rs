//! A backup of the log is brought back under the hosts, and written to.

use std::ops::Range;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tidings_tests::{
    CommandHost, Kind, Ledger, ProjectionHost, QueryHost, Server, Talk, Urls, audit_at, command, folder,
    query_after, run, until,
};
use uuid::Uuid;

/// Makes these posts, whose partitions are the same each time. One is given again until it is taken.
async fn posts(talk: &mut Talk, numbers: Range<u128>) -> Ledger {
    let mut ledger = Ledger::default();
    for number in numbers {
        let post =
            command("CreatePost", Uuid::nil(), json!({ "post": Uuid::from_u128(number), "text": "x" }));
        let taken = async || Some(talk.call(&post).await).filter(|reply| reply["ok"] == true);
        ledger.note(&until("a post is taken", taken).await);
    }
    ledger
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_brought_back_and_written_to_is_mixed_with_no_read_model() {
    let (mut mongodb, data) = (Server::start(Kind::MongoDb).await, folder());
    let urls = Urls {
        store: format!("mongodb://{}/tidings?directConnection=true", mongodb.address()),
        ..Urls::embedded(data.path())
    };
    let backup = data.path().join("backup");
    let commands = CommandHost::on(&urls, |_| {}).await;
    let mut projection = ProjectionHost::on(&urls, |_| {}).await;
    posts(&mut commands.talk().await, 0..20).await;
    mongodb.kill();
    copy(mongodb.data(), &backup);
    mongodb.restart().await;
    let lost = posts(&mut commands.talk().await, 20..60).await;
    let queries = QueryHost::on(&urls, |_| {}).await;
    let seen = |ledger: &Ledger| query_after("RecentPosts", json!({}), json!(ledger.positions()));
    let mut asker = queries.talk().await;
    until("all is seen", async || (asker.call(&seen(&lost)).await["ok"] == true).then_some(())).await;

    mongodb.kill();
    copy(&backup, mongodb.data());
    mongodb.restart().await;
    projection.process.says("which the log does not have").await;
    drop(commands);
    let commands = CommandHost::on(&urls, |_| {}).await;
    let mut talk = commands.talk().await;
    posts(&mut talk, 20..80).await;
    for program in ["tidings-projection-host", "tidings-query-host"] {
        let listen: &[&str] =
            if program == "tidings-query-host" { &["--listen", "127.0.0.1:0"] } else { &[] };
        let with = [&["--store", &urls.store, "--views", &urls.views], listen].concat();
        let refused = run(program, with).await;
        assert_eq!(refused.code, Some(1), "{program}: {refused:?}");
        assert!(refused.stderr.contains("has seen another commit"), "{program}: {refused:?}");
    }

    // The projection host that runs goes on with what is swapped in.
    let rebuild = ["rebuild", "--accept", "--store", &urls.store, "--views", &urls.views];
    let rebuilt = run("replay", rebuild).await;
    assert!(rebuilt.code == Some(0) && rebuilt.stdout.contains("another commit"), "{rebuilt:?}");
    let new = posts(&mut talk, 80..100).await;
    until("all is seen", async || (asker.call(&seen(&new)).await["ok"] == true).then_some(())).await;
    let (log, tables) = audit_at(&urls, &new).await;
    assert_eq!((log.len(), tables.count("posts")), (100, 100));
    assert!(projection.process.said().contains("projecting works again"), "{}", projection.process.said());
}
