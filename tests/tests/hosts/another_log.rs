//! A read model is of one log: no host works with that of another, and a rebuild makes it this log's.

use std::path::Path;

use serde_json::json;
use tidings_tests::{
    CommandHost, Ledger, Output, ProjectionHost, QueryHost, Tables, Tidings, Urls, audit_at, command, folder,
    run,
};
use uuid::Uuid;

const NOTED: &str = "the read model in use was made from the log";

fn url(data: &Path) -> String {
    format!("sqlite:{}", data.display())
}

/// What is recorded there when so many posts were made.
async fn history(data: &Path, posts: u128) -> Ledger {
    let (tidings, mut ledger) = (Tidings::start(data).await, Ledger::default());
    let mut commander = tidings.commander().await;
    for number in 0..posts {
        let post = command("CreatePost", Uuid::from_u128(number % 7), json!({ "text": "x" }));
        ledger.note(&commander.ok(&post).await);
    }
    audit_at(&Urls::embedded(data), &ledger).await;
    ledger
}

async fn rebuild(store: &Path, views: &Path) -> Output {
    run("replay", ["rebuild", "--store", &url(store), "--views", &url(views)]).await
}

/// Each host that is given this log and these read models ends, and says why.
async fn refused(store: &Path, views: &Path) {
    let (store, views, anew) = (url(store), url(views), folder());
    let ledger = url(anew.path());
    let with = ["--store", &store, "--views", &views];
    let processes = [&with[..], &["--ledger", &ledger]].concat();
    let parked = [&["parked", "retry"], &with[..]].concat();
    let listen = [&with[..], &["--listen", "127.0.0.1:0"]].concat();
    let programs = [
        ("tidings-projection-host", with.to_vec()),
        ("tidings-query-host", listen),
        ("tidings-process-host", processes),
        ("replay", parked),
    ];
    for (program, arguments) in programs {
        let output = run(program, arguments).await;
        assert_eq!(output.code, Some(1), "{program}: {output:?}");
        for words in ["group social was made from the log", "`replay rebuild`"] {
            assert!(output.stderr.contains(words), "{program}: {output:?}");
        }
    }
}

#[tokio::test]
async fn after_an_import_a_rebuild_proves_the_read_model_and_makes_it_the_new_logs() {
    let (lost, found) = (folder(), folder());
    let mut ledger = history(lost.path(), 60).await;
    let file = lost.path().join("log.jsonl");
    for (verb, store) in [("export", &lost), ("import", &found)] {
        let moved = run("replay", [verb, file.to_str().unwrap(), "--store", &url(store.path())]).await;
        assert_eq!(moved.code, Some(0), "{moved:?}");
    }
    let before = Tables::of(lost.path()).without("projection_groups");
    refused(found.path(), lost.path()).await;
    before.assert_same(
        &Tables::of(lost.path()).without("projection_groups"),
        "before and after they are refused",
    );

    let rebuilt = rebuild(found.path(), lost.path()).await;
    assert!(rebuilt.code == Some(0) && rebuilt.stdout.contains("equal in all"), "{rebuilt:?}");
    assert!(rebuilt.stderr.contains(NOTED), "{rebuilt:?}");
    let again = rebuild(found.path(), lost.path()).await;
    assert!(again.code == Some(0) && !again.stderr.contains(NOTED), "{again:?}");
    let urls = Urls { store: url(found.path()), views: url(lost.path()), ..Urls::embedded(found.path()) };
    let commands = CommandHost::on(&urls, |_| {}).await;
    let _projection = ProjectionHost::on(&urls, |_| {}).await;
    let queries = QueryHost::on(&urls, |_| {}).await;
    let post = commands.talk().await.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "new" }))).await;
    ledger.note(&post);
    audit_at(&urls, &ledger).await;
    drop(queries);
    refused(lost.path(), lost.path()).await;
}

#[tokio::test]
async fn a_read_model_that_is_really_another_logs_stays_as_it_is() {
    let (this, other) = (folder(), folder());
    history(this.path(), 200).await;
    history(other.path(), 20).await;
    refused(this.path(), other.path()).await;
    refused(other.path(), this.path()).await;
    let before = Tables::of(other.path());
    let rebuilt = rebuild(this.path(), other.path()).await;
    assert_eq!(rebuilt.code, Some(3), "{rebuilt:?}");
    for words in ["than the log has: ", "(it was made from the log "] {
        assert!(rebuilt.stdout.contains(words), "{rebuilt:?}");
    }
    before.assert_same(&Tables::of(other.path()), "before and after a rebuild that is not accepted");
}
