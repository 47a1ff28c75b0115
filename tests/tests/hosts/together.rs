use serde_json::json;
use tidings_tests::{
    CommandHost, Ledger, Process, ProjectionHost, QueryHost, Signal, Talk, audit, binary, command, folder,
    program, query, query_after, run, until, writes_are_seen,
};
use uuid::Uuid;

#[tokio::test]
async fn what_one_process_wrote_others_show_as_soon_as_they_are_asked_for_it() {
    let data = folder();
    let mut commands = CommandHost::start(data.path()).await;
    let mut projection = ProjectionHost::start(data.path()).await;
    let mut queries = [QueryHost::start(data.path()).await, QueryHost::start(data.path()).await];
    let mut commanders = [commands.talk().await];
    let mut askers = [queries[0].talk().await, queries[1].talk().await];
    let ledger = writes_are_seen(&mut commanders, &mut askers).await;
    let (log, tables) = audit(data.path(), &ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (50, 50));
    for process in [&mut commands.process, &mut projection.process]
        .into_iter()
        .chain(queries.iter_mut().map(|q| &mut q.process))
    {
        process.signal(Signal::TERM);
        assert_eq!(process.ended().await.code(), Some(0), "{}", process.said());
    }
}

#[tokio::test]
async fn hosts_that_only_read_say_that_they_wait_for_the_log_until_it_is_made() {
    let data = folder();
    let url = format!("sqlite:{}", data.path().display());
    let missing = format!("the log at {url}: there is none yet; the command host makes it");
    let rebuild = run("replay", ["rebuild", "--store", &url, "--views", &url]).await;
    assert_eq!((rebuild.code, rebuild.stderr.lines().count()), (Some(1), 1), "{rebuild:?}");
    assert!(rebuild.stderr.contains(&missing), "{rebuild:?}");

    let mut projection = program(binary("tidings-projection-host"));
    projection.args(["--store", &url, "--views", &url]);
    let mut projection = Process::start(projection);
    let mut queries = QueryHost::start(data.path()).await;
    let mut asker = queries.talk().await;
    let waiting = format!("waiting for {missing}");
    for process in [&mut projection, &mut queries.process] {
        process.says(&waiting).await;
        assert_eq!(process.said().lines().count(), 2, "{}", process.said());
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing was made");

    let commands = CommandHost::start(data.path()).await;
    let reply = commands.talk().await.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x" }))).await;
    until("it is seen", async || {
        let fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
        (asker.call(&fresh).await["ok"] == true).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_second_command_host_on_the_same_files_is_refused() {
    let data = folder();
    let first = CommandHost::start(data.path()).await;
    let url = format!("sqlite:{}", data.path().display());
    let output = run("tidings-command-host", ["--listen", "127.0.0.1:0", "--store", &url]).await;
    assert_eq!(output.code, Some(1));
    assert!(output.stderr.contains("log.sqlite is open for writing"), "{output:?}");
    assert!(output.stderr.contains(&format!("process {}", first.process.id())), "{output:?}");
}

#[tokio::test]
async fn a_query_host_answers_unavailable_until_there_is_a_read_model_and_then_answers() {
    let data = folder();
    let commands = CommandHost::start(data.path()).await;
    let queries = QueryHost::start(data.path()).await;
    let mut asker = Talk::to(queries.queries).await;
    let error = asker.refusal(&query("RecentPosts", json!({}))).await;
    assert_eq!([&error["code"], &error["retry"]], [&json!("unavailable"), &json!(true)], "{error}");
    let projection = ProjectionHost::start(data.path()).await;
    until("queries are answered", async || {
        (asker.call(&query("RecentPosts", json!({}))).await["ok"] == true).then_some(())
    })
    .await;
    drop((commands, projection));
}

#[tokio::test]
async fn while_the_projection_host_is_down_queries_say_not_yet_and_it_catches_up() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let commands = CommandHost::start(data.path()).await;
    let mut projection = ProjectionHost::start(data.path()).await;
    let queries = QueryHost::start(data.path()).await;
    projection.process.kill();
    let mut commander = Talk::to(commands.commands).await;
    let reply = commander.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x" }))).await;
    ledger.note(&reply);
    let mut fresh = query_after("RecentPosts", json!({}), json!([reply["at"]]));
    fresh["wait_ms"] = json!(100);
    let mut asker = Talk::to(queries.queries).await;
    let error = asker.refusal(&fresh).await;
    assert_eq!(error["code"], "not_yet", "{error}");
    let at: String = reply["at"].as_str().unwrap().into();
    let (partition, _) = at.split_once(':').unwrap();
    assert_eq!(error["reached"], json!([format!("{partition}:0")]));
    let again = ProjectionHost::start(data.path()).await;
    fresh["wait_ms"] = json!(20_000);
    assert_eq!(asker.ok(&fresh).await["data"].as_array().map(Vec::len), Some(1));
    audit(data.path(), &ledger).await;
    drop(again);
}
