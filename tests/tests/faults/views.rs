//! Read models are disposable: whatever happens to their files, they can be had again from the log.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use tidings_projections::sqlite::Generations;
use tidings_tests::{
    CommandHost, Ledger, Output, Signal, Talk, Tidings, Urls, audit, command, folder, query_after, run, until,
};
use uuid::Uuid;

use crate::formats::{refused, set_format, used};

fn views(data: &Path) -> PathBuf {
    let generations = Generations::new(data);
    generations.file(generations.current().unwrap().unwrap())
}

/// Runs a verb of `replay` on it.
async fn replay(data: &Path, verb: &[&str]) -> Output {
    let url = format!("sqlite:{}", data.display());
    run("replay", verb.iter().copied().chain(["--store", &url, "--views", &url])).await
}

/// Rebuilds what cannot be compared with: only where that is accepted.
async fn rebuild_all_the_same(data: &Path) -> Output {
    let in_use = views(data);
    for verb in ["rebuild", "verify", "diff"] {
        let refused = replay(data, &[verb]).await;
        assert!(refused.code == Some(3) && refused.stdout.contains("cannot be compared with"), "{refused:?}");
    }
    assert_eq!(views(data), in_use, "nothing is swapped in");
    replay(data, &["rebuild", "--accept"]).await
}

/// It starts, and has all.
async fn starts(data: &Path, ledger: &Ledger) {
    let tidings = Tidings::start(data).await;
    let (log, tables) = audit(data, ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (ledger.count(), ledger.count()));
    drop(tidings);
}

#[tokio::test]
async fn views_of_a_newer_format_are_refused_with_both_versions_and_can_be_rebuilt() {
    let (data, ledger) = used().await;
    set_format(&views(data.path()), 9);
    let said = refused(data.path()).await;
    assert!(
        said.contains("format 9") && said.contains("knows format 1") && said.contains("rebuild"),
        "{said}"
    );
    let rebuilt = rebuild_all_the_same(data.path()).await;
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    starts(data.path(), &ledger).await;
}

#[tokio::test]
async fn garbled_views_are_refused_and_can_be_rebuilt() {
    let (data, ledger) = used().await;
    let file = views(data.path());
    fs::write(&file, b"\x00\xff rubbish ".repeat(5_000)).unwrap();
    let said = refused(data.path()).await;
    assert!(said.contains(file.to_str().unwrap()) && said.contains("replay rebuild"), "{said}");
    let rebuilt = rebuild_all_the_same(data.path()).await;
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    starts(data.path(), &ledger).await;
}

#[tokio::test]
async fn views_cut_in_half_are_refused_and_can_be_rebuilt() {
    let (data, ledger) = used().await;
    let file = views(data.path());
    let half = fs::read(&file).unwrap();
    fs::write(&file, &half[..half.len() / 2]).unwrap();
    let said = refused(data.path()).await;
    assert!(said.contains("replay rebuild"), "{said}");
    let rebuilt = rebuild_all_the_same(data.path()).await;
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    starts(data.path(), &ledger).await;
}

#[tokio::test]
async fn views_that_are_empty_or_gone_are_made_again_by_themselves() {
    let (data, ledger) = used().await;
    let file = views(data.path());
    let with_end = |end: &str| file.with_extension(format!("sqlite{end}"));
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(with_end(end));
    }
    fs::write(&file, "").unwrap();
    starts(data.path(), &ledger).await;
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(with_end(end));
    }
    starts(data.path(), &ledger).await;
}

#[tokio::test]
async fn without_the_pointer_to_the_views_they_are_made_again() {
    let (data, ledger) = used().await;
    assert_eq!(replay(data.path(), &["rebuild"]).await.code, Some(0));
    fs::remove_file(data.path().join("views.current")).unwrap();
    starts(data.path(), &ledger).await;
}

#[tokio::test]
async fn a_pointer_with_rubbish_is_refused_with_what_to_do() {
    let (data, ledger) = used().await;
    let pointer = data.path().join("views.current");
    for rubbish in [&b"rubbish"[..], b"", b"-1", b"\xff\xfe"] {
        fs::write(&pointer, rubbish).unwrap();
        let said = refused(data.path()).await;
        assert!(said.contains(pointer.to_str().unwrap()) && said.contains("remove it"), "{said}");
        let rebuilt = replay(data.path(), &["rebuild"]).await;
        assert_eq!(rebuilt.code, Some(1), "{rebuilt:?}");
        assert!(rebuilt.stderr.contains("remove it"), "{rebuilt:?}");
    }
    fs::remove_file(&pointer).unwrap();
    starts(data.path(), &ledger).await;
}

/// Removes the files whose names begin so.
fn remove(folder: &Path, name: &str) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with(name) {
            fs::remove_file(entry.path()).unwrap();
        }
    }
}

/// Projection refuses them with these words, in each host; and they can be rebuilt.
async fn refused_and_rebuilt(data: &Path, words: &str, ledger: &Ledger) {
    let said = refused(data).await;
    assert!(said.contains(words) && said.contains("replay rebuild"), "{said}");
    let url = format!("sqlite:{}", data.display());
    let host = run("tidings-projection-host", ["--store", &url, "--views", &url]).await;
    assert_eq!(host.code, Some(1), "{host:?}");
    assert!(host.stderr.contains(words), "{host:?}");
    let rebuilt = rebuild_all_the_same(data).await;
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    starts(data, ledger).await;
}

/// As after an older copy of the log was brought back.
#[tokio::test]
async fn views_that_have_seen_what_is_not_in_the_log_are_refused_and_can_be_rebuilt() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let (log, copy) = (data.path().join("log.sqlite"), data.path().join("copy"));
    ended(Tidings::start(data.path()).await).await;
    fs::copy(&log, &copy).unwrap();
    let tidings = Tidings::start(data.path()).await;
    let post = command("CreatePost", Uuid::nil(), json!({ "text": "x" }));
    ledger.note(&tidings.commander().await.ok(&post).await);
    audit(data.path(), &ledger).await;
    ended(tidings).await;
    fs::rename(copy, log).unwrap();
    refused_and_rebuilt(data.path(), "which the log does not have", &Ledger::default()).await;
}

/// As after an older copy of the log was brought back, and was written to before anybody looked at the views.
#[tokio::test]
async fn views_of_a_log_that_went_its_own_way_are_refused_and_can_be_rebuilt() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let (log, copy) = (data.path().join("log.sqlite"), data.path().join("copy"));
    let posts = async |talk: &mut Talk, count: u128, ledger: &mut Ledger| {
        for number in 0..count {
            let post = json!({ "post": Uuid::from_u128(number), "text": "x" });
            ledger.note(&talk.ok(&command("CreatePost", Uuid::nil(), post)).await);
        }
    };
    ended(Tidings::start(data.path()).await).await;
    fs::copy(&log, &copy).unwrap();
    let tidings = Tidings::start(data.path()).await;
    posts(&mut tidings.commander().await, 20, &mut ledger).await;
    audit(data.path(), &ledger).await;
    ended(tidings).await;

    fs::rename(copy, log).unwrap();
    let mut ledger = Ledger::default();
    let commands = CommandHost::on(&Urls::embedded(data.path()), |_| {}).await;
    // The same posts, so that no partition ends before what was seen of it.
    posts(&mut commands.talk().await, 21, &mut ledger).await;
    drop(commands);
    refused_and_rebuilt(data.path(), "has seen another commit", &ledger).await;
}

/// It stops in good order.
async fn ended(mut tidings: Tidings) {
    tidings.process.signal(Signal::INT);
    assert_eq!(tidings.process.ended().await.code(), Some(0));
}

/// As after the log's files were taken away.
#[tokio::test]
async fn views_of_another_log_are_refused_and_can_be_rebuilt() {
    let (data, _) = used().await;
    remove(data.path(), "log.sqlite");
    // The ledger knows better than the read model whose it is.
    let said = refused(data.path()).await;
    assert!(said.contains("the ledger at") && said.contains("start with a new ledger"), "{said}");
    remove(data.path(), "ledger.sqlite");
    refused_and_rebuilt(data.path(), "group social was made from the log", &Ledger::default()).await;
}

#[tokio::test]
async fn a_pointer_that_is_lost_while_it_runs_is_written_again() {
    let (data, mut ledger) = used().await;
    let tidings = Tidings::start(data.path()).await;
    fs::remove_file(data.path().join("views.current")).unwrap();
    let mut talk = tidings.commander().await;
    let reply = talk.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x" }))).await;
    ledger.note(&reply);
    let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    let mut asker = tidings.asker().await;
    until("queries are answered", async || (asker.call(&fresh).await["ok"] == true).then_some(())).await;
    audit(data.path(), &ledger).await;
    drop(tidings);
}
