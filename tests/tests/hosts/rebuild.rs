use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tidings_tests::{
    CommandHost, Ledger, Output, Process, ProjectionHost, QueryHost, Tables, Tidings, audit, binary, command,
    folder, goes_on, program, query_after, run,
};
use tokio::time::sleep;
use uuid::Uuid;

async fn rebuild(data: &Path) -> Output {
    let url = format!("sqlite:{}", data.display());
    let output = run("replay", ["rebuild", "--json", "--store", &url, "--views", &url]).await;
    assert_eq!(output.code, Some(0), "{output:?}");
    output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_while_all_goes_on_shows_in_no_answer() {
    let data = folder();
    let commands = CommandHost::start(data.path()).await;
    let projection = ProjectionHost::start(data.path()).await;
    let queries = [QueryHost::start(data.path()).await, QueryHost::start(data.path()).await];
    // The read model in use has seen something, so that there is something to compare.
    let post = command("CreatePost", Uuid::from_u128(1), json!({ "text": "the first" }));
    let first = commands.talk().await.ok(&post).await;
    let seen = query_after("RecentPosts", json!({}), json!([first["at"]]));
    queries[0].talk().await.ok(&seen).await;
    let stop = Arc::new(AtomicBool::new(false));
    let addresses = queries.iter().map(|host| host.queries).collect();
    let going_on = tokio::spawn(goes_on(commands.commands, addresses, stop.clone()));
    for generation in 2..=21 {
        let output = rebuild(data.path()).await;
        let done: Value = serde_json::from_str(output.stdout.lines().last().unwrap()).unwrap();
        assert_eq!(
            (&done["rebuilt"]["parked"], &done["rebuilt"]["swapped"]),
            (&json!(0), &json!(true)),
            "{done}"
        );
        assert!(output.stdout.contains(r#""compared":{"at":["#), "it was proven equal first: {output:?}");
        let pointer = std::fs::read_to_string(data.path().join("views.current")).unwrap();
        assert_eq!(pointer.trim(), generation.to_string());
        assert!(!going_on.is_finished(), "others went on meanwhile");
    }
    stop.store(true, Ordering::Relaxed);
    let mut ledger = going_on.await.unwrap();
    ledger.note(&first);
    let (log, tables) = audit(data.path(), &ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (ledger.count(), ledger.count()));
    drop(projection);
}

#[tokio::test]
async fn a_rebuild_beside_the_standalone_program_changes_no_row_and_live_projection_goes_on() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let tidings = Tidings::start(data.path()).await;
    let mut commander = tidings.commander().await;
    for number in 0..200 {
        let actor = Uuid::from_u128(number % 7);
        let post = commander.ok(&command("CreatePost", actor, json!({ "text": "x" }))).await;
        ledger.note(&post);
        let like = command("Like", Uuid::from_u128(number % 5), json!({ "target": post["stream"] }));
        ledger.note(&commander.ok(&like).await);
    }
    let (_, before) = audit(data.path(), &ledger).await;
    rebuild(data.path()).await;
    before.assert_same(&Tables::of(data.path()).without("projection_groups"), "before and after a rebuild");
    let reply = commander.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "after" }))).await;
    ledger.note(&reply);
    let fresh = query_after("RecentPosts", json!({ "limit": 1 }), json!([reply["at"]]));
    assert_eq!(tidings.asker().await.ok(&fresh).await["data"][0]["text"], "after");
    audit(data.path(), &ledger).await;
}

#[tokio::test]
async fn a_rebuild_that_is_killed_leaves_the_read_model_as_it_was() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let tidings = Tidings::start(data.path()).await;
    let mut commander = tidings.commander().await;
    for _ in 0..300 {
        let reply = commander.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x" }))).await;
        ledger.note(&reply);
    }
    let url = format!("sqlite:{}", data.path().display());
    for millis in (0..40).step_by(4) {
        let mut rebuild = program(binary("replay"));
        // Many small steps, so that it is killed in the middle of some.
        rebuild.args(["rebuild", "--memory", "0", "--page", "3", "--store", &url, "--views", &url]);
        let mut rebuild = Process::start(rebuild);
        sleep(Duration::from_millis(millis)).await;
        rebuild.kill();
        audit(data.path(), &ledger).await;
    }
    rebuild(data.path()).await;
    audit(data.path(), &ledger).await;
    let left = std::fs::read_dir(data.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let of_views = |name: &str| name.starts_with("views-") && name.ends_with(".sqlite");
    let left = left.filter(|name| of_views(name.to_str().unwrap())).count();
    assert!(left <= 2, "what was given up is cleared away: {left} read models are left");
}

#[tokio::test]
async fn parked_events_are_listed_and_there_are_none() {
    let data = folder();
    let tidings = Tidings::start(data.path()).await;
    let url = format!("sqlite:{}", data.path().display());
    let listed = run("replay", ["parked", "list", "--store", &url, "--views", &url]).await;
    assert_eq!((listed.code, listed.stdout.as_str()), (Some(0), "no event is parked\n"), "{listed:?}");
    let retried = run("replay", ["parked", "retry", "--store", &url, "--views", &url]).await;
    assert_eq!(retried.code, Some(0), "{retried:?}");
    tidings.commander().await.ping().await;
}
