use mongodb::bson::doc;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::json;
use tidings_tests::{
    CommandHost, FullStack, Ledger, Output, Process, ProjectionHost, Urls, audit_at, binary, command,
    connect, program, run, server,
};
use uuid::Uuid;

/// The arguments of every program that opens a log, a bus and read models.
fn programs(urls: &Urls) -> Vec<(&'static str, Vec<String>)> {
    let flag = |name: &str, value: &str| [format!("--{name}"), value.to_owned()];
    let (store, bus, views) =
        (flag("store", &urls.store), flag("bus", &urls.bus), flag("views", &urls.views));
    let listen = flag("listen", "127.0.0.1:0");
    vec![
        ("tidings-command-host", [&listen[..], &store, &bus].concat()),
        ("tidings-projection-host", [&store[..], &bus, &views].concat()),
        ("tidings-query-host", [&listen[..], &store, &views].concat()),
        ("replay", [&["rebuild".to_owned()][..], &store, &views].concat()),
    ]
}

/// Only those that open the read models.
fn of_views(urls: &Urls) -> Vec<(&'static str, Vec<String>)> {
    programs(urls).into_iter().filter(|(name, _)| *name != "tidings-command-host").collect()
}

/// Each ends with code 1 and one line that says this, and shows no secret.
async fn refused(programs: Vec<(&'static str, Vec<String>)>, words: &[&str]) {
    for (name, arguments) in programs {
        let output: Output = run(name, &arguments).await;
        assert_eq!(output.code, Some(1), "{name}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{name} says one line: {output:?}");
        assert!(words.iter().all(|words| output.stderr.contains(words)), "{name}: {words:?} in {output:?}");
        let said = output.stdout + &output.stderr;
        assert!(!said.contains("s3cret"), "{name}: {said}");
    }
}

/// Each waits, says so with these words, and shows no secret.
async fn waits(programs: Vec<(&'static str, Vec<String>)>, words: &[&str]) {
    for (name, arguments) in programs.into_iter().filter(|(name, _)| *name != "replay") {
        let mut command = program(binary(name));
        command.args(arguments);
        let mut process = Process::start(command);
        process.says("waiting for ").await;
        for words in words {
            process.says(words).await;
        }
        let said = process.said();
        assert!(!said.contains("s3cret"), "{name}: {said}");
    }
}

/// The log of a host that made it.
async fn made(urls: &Urls) {
    let host = CommandHost::on(urls, |_| {}).await;
    host.talk().await.ok(&command("CreatePost", Uuid::nil(), json!({ "text": "x" }))).await;
}

fn with_user(url: &str) -> String {
    url.replacen("://", "://ada:s3cret@", 1)
}

#[tokio::test]
async fn a_wrong_password_of_the_log_is_refused() {
    let mut urls = FullStack::fresh().await.urls;
    urls.store = with_user(&urls.store);
    refused(programs(&urls), &["refuses this user and password"]).await;
}

#[tokio::test]
async fn a_log_that_is_away_is_waited_for_without_its_password() {
    let mut urls = FullStack::fresh().await.urls;
    urls.store = "mongodb://ada:s3cret@127.0.0.1:9/log?directConnection=true".into();
    waits(programs(&urls), &["waiting for the log at mongodb://127.0.0.1:9/log: connection refused"]).await;
    let nowhere = Urls { store: "mongodb://ada:s3cret@nowhere.invalid/log".into(), ..urls.clone() };
    waits(
        programs(&nowhere),
        &["the log at mongodb://nowhere.invalid/log: its host's name cannot be looked up"],
    )
    .await;
    let output = run("replay", &programs(&urls)[3].1).await;
    assert_eq!(output.code, Some(1), "what does its work and ends does not wait: {output:?}");
    assert!(output.stderr.contains("connection refused") && !output.stderr.contains("s3cret"), "{output:?}");
}

#[tokio::test]
async fn a_url_of_mongodb_that_leads_to_kafka_is_told_so() {
    let mut urls = FullStack::fresh().await.urls;
    urls.store = format!("mongodb://ada:s3cret@{}/log?directConnection=true", server("TIDINGS_TEST_KAFKA"));
    // It may also be one that only starts.
    waits(programs(&urls), &["as a server of another kind does"]).await;
}

#[tokio::test]
async fn a_url_of_postgresql_that_leads_to_mongodb_is_told_so() {
    let mut urls = FullStack::fresh().await.urls;
    made(&urls).await;
    let mongo = server("TIDINGS_TEST_MONGODB");
    let place = mongo.trim_start_matches("mongodb://").split('/').next().unwrap();
    urls.views = format!("postgres://ada:s3cret@{place}/views");
    waits(of_views(&urls), &[&format!("waiting for the read models: postgres://ada@{place}/views")]).await;
}

#[tokio::test]
async fn a_database_that_is_not_there_and_a_user_that_nobody_knows_are_refused() {
    let urls = FullStack::fresh().await.urls;
    made(&urls).await;
    let nowhere = Urls { views: urls.views.replace("/tidings_", "/nowhere_"), ..urls.clone() };
    refused(of_views(&nowhere), &["does not exist"]).await;
    let nobody = Urls { views: urls.views.replacen("postgres@", "nobody:s3cret@", 1), ..urls };
    refused(of_views(&nobody), &["nobody"]).await;
}

#[tokio::test]
async fn who_has_too_few_rights_is_refused() {
    let mut urls = FullStack::fresh().await.urls;
    made(&urls).await;
    let admin = connect(&urls.views).await;
    let role = format!("poor_{}", Uuid::now_v7().simple());
    admin.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 's3cret'")).await.unwrap();
    urls.views = urls.views.replacen("postgres@", &format!("{role}:s3cret@"), 1);
    let projection: Vec<_> =
        programs(&urls).into_iter().filter(|(name, _)| *name == "tidings-projection-host").collect();
    refused(projection, &["permission denied"]).await;
    admin.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
async fn databases_of_a_newer_format_are_refused_with_both_versions() {
    let urls = FullStack::fresh().await.urls;
    made(&urls).await;
    drop(ProjectionHost::on(&urls, |_| {}).await);
    let admin = connect(&urls.views).await;
    admin.batch_execute("UPDATE tidings.current SET format = 9").await.unwrap();
    refused(of_views(&urls), &["has format 9, but this program knows format 1"]).await;
    let client = mongodb::Client::with_uri_str(&urls.store).await.unwrap();
    let meta = client.default_database().unwrap().collection::<mongodb::bson::Document>("meta");
    meta.update_one(doc! { "_id": "log" }, doc! { "$set": { "format": 9 } }).await.unwrap();
    refused(programs(&urls), &["has format 9, but this program knows format 1"]).await;
}

fn topic(urls: &Urls) -> (ClientConfig, String) {
    let (servers, topic) = urls.bus.trim_start_matches("kafka://").split_once('/').unwrap();
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", servers);
    (config, topic.to_owned())
}

#[tokio::test]
async fn a_topic_with_another_number_of_partitions_is_refused_with_what_to_do() {
    let urls = FullStack::fresh().await.urls;
    let (config, name) = topic(&urls);
    let admin: AdminClient<DefaultClientContext> = config.create().unwrap();
    let new = NewTopic::new(&name, 3, TopicReplication::Fixed(1));
    admin.create_topics([&new], &AdminOptions::new()).await.unwrap()[0].as_ref().unwrap();
    let (program, arguments) = &programs(&urls)[0];
    let output = run(program, arguments).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    for words in ["3 partitions and the log 8", "name another topic in --bus"] {
        assert!(output.stderr.contains(words), "{words} in {output:?}");
    }
}

#[tokio::test]
async fn a_topic_that_others_write_to_changes_no_row() {
    let (stack, mut ledger) = (FullStack::start(1).await, Ledger::default());
    let (config, name) = topic(&stack.urls);
    let producer: FutureProducer = config.create().unwrap();
    let mut commander = stack.commands[0].talk().await;
    for number in 0..60 {
        let actor = Uuid::from_u128(number % 7);
        ledger.note(&commander.ok(&command("CreatePost", actor, json!({ "text": "x" }))).await);
        for payload in ["", "{}", "rubbish", "{\"post\":\"7\"}"] {
            let record = FutureRecord::to(&name)
                .partition(i32::try_from(number % 8).unwrap())
                .key("post-7")
                .payload(payload);
            producer.send(record, std::time::Duration::from_secs(20)).await.unwrap();
        }
    }
    let (log, tables) = audit_at(&stack.urls, &ledger).await;
    assert_eq!((log.len(), tables.count("posts")), (60, 60));
}
