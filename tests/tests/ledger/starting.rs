use serde_json::json;
use tidings_tests::{CommandHost, QueryHost, Talk, Tidings, Urls, folder, query, run};
use uuid::Uuid;

use crate::{command_host, post, promised, recording, url};

#[tokio::test]
async fn without_a_ledger_nothing_is_promised_and_it_says_which_flag_is_missing() {
    let data = folder();
    let host = CommandHost::start(data.path()).await;
    let mut talk = host.talk().await;
    let error = talk.refusal(&promised(post(Uuid::now_v7(), "x"))).await;
    assert_eq!((&error["code"], &error["field"]), (&json!("invalid"), &json!("wait")));
    assert!(error["message"].as_str().unwrap().contains("--ledger"), "{error}");
    let mut waits = post(Uuid::now_v7(), "x");
    waits["wait"] = json!(true);
    assert_eq!(talk.ok(&waits).await["version"], 1);
    assert!(!data.path().join("ledger.sqlite").exists());

    let queries = QueryHost::start(data.path()).await;
    let _projection = tidings_tests::ProjectionHost::start(data.path()).await;
    let mut asker = Talk::to(queries.queries).await;
    tidings_tests::until("the query host is ready", async || {
        (asker.call(&query("RecentPosts", json!({}))).await["ok"] == true).then_some(())
    })
    .await;
    let error = asker.refusal(&query("Commands", json!({}))).await;
    assert_eq!((&error["code"], &error["retry"]), (&json!("unavailable"), &json!(false)));
    let status = asker.ok(&query("CommandStatus", json!({ "command": waits["id"] }))).await;
    assert_eq!(status["data"]["state"], "SUCCEEDED");
}

#[tokio::test]
async fn what_is_no_ledger_or_one_of_another_format_is_refused_and_left_alone() {
    let data = folder();
    drop(command_host(data.path()).await);
    let file = data.path().join("ledger.sqlite");
    let newer = rusqlite::Connection::open(&file).unwrap();
    newer.pragma_update(None, "user_version", 3).unwrap();
    drop(newer);
    let other = folder();
    std::fs::write(other.path().join("ledger.sqlite"), "Dear diary, this is no database at all. ".repeat(50))
        .unwrap();
    let foreign = folder();
    let table = rusqlite::Connection::open(foreign.path().join("ledger.sqlite")).unwrap();
    table.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(table);
    for (folder, why) in [
        (&data, "has format 3, but this program knows format 2"),
        (&other, "is not a ledger of Tidings"),
        (&foreign, "is not a ledger of Tidings"),
    ] {
        let before = std::fs::read(folder.path().join("ledger.sqlite")).unwrap();
        let (ledger, store) = (url(folder.path()), url(data.path()));
        for (program, arguments) in [
            ("tidings-command-host", vec!["--listen", "127.0.0.1:0", "--store", &store, "--ledger", &ledger]),
            ("tidings-query-host", vec!["--listen", "127.0.0.1:0", "--store", &store, "--ledger", &ledger]),
            ("replay", vec!["commands", "--ledger", &ledger, "list"]),
        ] {
            let output = run(program, arguments).await;
            assert_eq!(output.code, Some(1), "{program}: {output:?}");
            assert!(output.stderr.contains(why), "{program}: {output:?}");
        }
        assert_eq!(std::fs::read(folder.path().join("ledger.sqlite")).unwrap(), before);
    }
}

#[tokio::test]
async fn flags_that_do_not_fit_each_other_are_refused_with_what_to_do() {
    let data = folder();
    let (ledger, folder) = (url(data.path()), data.path().to_str().unwrap());
    for (program, more) in
        [("tidings-command-host", ["--ledger", ledger.as_str()]), ("tidings", ["--data", folder])]
    {
        for (flags, why) in [
            (["--ledger-retention", "1m"], "is shorter than a command may wait"),
            (["--ledger-lease", "0s"], "give 1s at least"),
        ] {
            let output = run(program, more.into_iter().chain(flags)).await;
            assert_eq!(output.code, Some(2), "{output:?}");
            assert!(output.stderr.contains(why), "{output:?}");
        }
        let output = run(program, more.into_iter().chain(["--ledger-lease", "soon"])).await;
        assert!(output.code == Some(2) && output.stderr.contains("30s, 5m, 12h, 7d"), "{output:?}");
    }
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn a_ledger_that_was_lost_between_restarts_costs_what_was_promised_and_nothing_that_happened() {
    let data = folder();
    let (kept, id) = (Uuid::now_v7(), Uuid::now_v7());
    {
        let mut tidings = Tidings::start(data.path()).await;
        tidings.commander().await.ok(&post(kept, "x")).await;
        tidings.process.signal(tidings_tests::Signal::TERM);
        tidings.process.ended().await;
    }
    for file in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = std::fs::remove_file(data.path().join(file));
    }
    let tidings = Tidings::start(data.path()).await;
    let mut talk = tidings.commander().await;
    let again = talk.ok(&post(kept, "x")).await;
    assert_eq!(again["replayed"], true, "the log remembers it");
    assert_eq!(talk.ok(&promised(post(id, "y"))).await["accepted"], true);
    crate::until_state(&mut tidings.asker().await, id, "SUCCEEDED").await;
}

#[tokio::test]
async fn a_query_host_waits_for_the_ledger_and_says_so() {
    let data = folder();
    let commands = CommandHost::start(data.path()).await;
    let mut queries = QueryHost::on(&Urls::embedded(data.path()), recording(data.path())).await;
    let missing = format!("the ledger at {}: there is none yet; the command host makes it", url(data.path()));
    queries.process.says(&format!("waiting for {missing}")).await;
    let mut asker = queries.talk().await;
    let error = asker.refusal(&query("Commands", json!({}))).await;
    assert_eq!((&error["code"], &error["retry"]), (&json!("unavailable"), &json!(true)), "{error}");
    assert_eq!(error["message"], "the host is starting, and waits for the ledger", "{error}");
    drop(commands);
    let _commands = command_host(data.path()).await;
    tidings_tests::until("the ledger is found", async || {
        (asker.call(&query("Commands", json!({}))).await["ok"] == true).then_some(())
    })
    .await;
    assert_eq!(queries.process.said().lines().count(), 3, "{}", queries.process.said());
}

#[tokio::test]
async fn a_ledger_is_refused_by_the_hosts_of_another_log_until_it_is_untied() {
    let (data, other) = (folder(), folder());
    drop(command_host(data.path()).await);
    // A ledger that was made before there were ties is taken.
    let file = rusqlite::Connection::open(data.path().join("ledger.sqlite")).unwrap();
    assert_eq!(file.execute("DELETE FROM reservations", ()).unwrap(), 1);
    drop(command_host(data.path()).await);
    drop((CommandHost::start(other.path()).await, Tidings::start(folder().path()).await));
    let (ledger, store) = (url(data.path()), url(other.path()));
    let with = ["--store", &store, "--ledger", &ledger];
    let listen = ["--listen", "127.0.0.1:0"];
    let (data_of, ports) = (other.path().to_str().unwrap(), ["127.0.0.1:0"; 2]);
    let programs = [
        ("tidings-command-host", [&listen[..], &with].concat()),
        ("tidings-query-host", [&listen[..], &with, &["--views", &store]].concat()),
        ("tidings-process-host", [&with[..], &["--views", &store]].concat()),
        (
            "tidings",
            vec!["--data", data_of, "--ledger", &ledger, "--commands", ports[0], "--queries", ports[1]],
        ),
    ];
    for (program, arguments) in programs {
        let output = run(program, arguments).await;
        assert_eq!(output.code, Some(1), "{program}: {output:?}");
        for words in ["and not of this one", "start with a new ledger", "replay commands untie"] {
            assert!(output.stderr.contains(words), "{program}: {output:?}");
        }
    }
    let untied = run("replay", ["commands", "--ledger", &ledger, "untie"]).await;
    assert!(untied.code == Some(0) && untied.stdout.contains("the ledger was of the log"), "{untied:?}");
    drop(CommandHost::on(&Urls::embedded(other.path()), recording(data.path())).await);
    let output =
        run("tidings-command-host", [&listen[..], &["--store", &ledger, "--ledger", &ledger]].concat());
    assert_eq!(output.await.code, Some(1), "it is the other's now");
}
