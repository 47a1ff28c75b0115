//! What `replay` proves, refuses and shows, by its command line.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tidings_projections::sqlite::Generations;
use tidings_tests::{Ledger, Output, QueryHost, Talk, Tidings, Urls, audit, command, folder, query, run};
use uuid::Uuid;

const ADA: Uuid = Uuid::from_u128(0xada);

/// Runs a verb on a folder.
async fn replay(data: &Path, verb: &[&str]) -> Output {
    let url = format!("sqlite:{}", data.display());
    let places = ["--json", "--store", &url, "--views", &url];
    run("replay", verb.iter().copied().chain(places)).await
}

fn lines(output: &Output) -> Vec<Value> {
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The line that tells of this.
fn line(output: &Output, of: &str) -> Value {
    let found = lines(output).into_iter().find(|line| line.get(of).is_some());
    found.unwrap_or_else(|| panic!("no {of} in {output:?}"))[of].clone()
}

fn table(output: &Output, name: &str) -> Value {
    let found = lines(output).into_iter().find(|line| line["table"] == name);
    found.unwrap_or_else(|| panic!("no table {name} in {output:?}"))
}

async fn posts(tidings: &Tidings, ledger: &mut Ledger, count: usize) {
    let mut commander = tidings.commander().await;
    for number in 0..count {
        let reply =
            commander.ok(&command("CreatePost", ADA, json!({ "text": format!("post {number}") }))).await;
        ledger.note(&reply);
    }
}

fn views(data: &Path) -> PathBuf {
    let generations = Generations::new(data);
    generations.file(generations.current().unwrap().unwrap())
}

#[tokio::test]
async fn a_row_that_somebody_has_changed_is_named_and_nothing_is_swapped() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let tidings = Tidings::start(data.path()).await;
    posts(&tidings, &mut ledger, 50).await;
    audit(data.path(), &ledger).await;

    let sound = replay(data.path(), &["verify"]).await;
    assert_eq!(sound.code, Some(0), "{sound:?}");
    assert_eq!(line(&sound, "compared")["equal"], true);
    assert_eq!(line(&sound, "log")["sound"], true);
    assert_eq!(line(&sound, "log")["commits"], 50);

    let before = views(data.path());
    let by_hand = rusqlite::Connection::open(&before).unwrap();
    let changed = by_hand.execute("UPDATE posts SET likes = 7 WHERE text = 'post 3'", ()).unwrap();
    assert_eq!(changed, 1);
    let post: String =
        by_hand.query_row("SELECT post FROM posts WHERE text = 'post 3'", (), |row| row.get(0)).unwrap();
    for verb in [&["verify"][..], &["diff"], &["rebuild"], &["rebuild", "--projection", "profiles,likes"]] {
        let refused = replay(data.path(), verb).await;
        assert_eq!(refused.code, Some(3), "{verb:?}: {refused:?}");
        let posts = table(&refused, "posts");
        assert_eq!(
            (&posts["changed"], &posts["only_live"], &posts["only_new"]),
            (&json!(1), &json!(0), &json!(0))
        );
        let first = json!([{ "key": { "post": post }, "changed": { "likes": { "live": 7, "new": 0 } } }]);
        assert_eq!(posts["first"], first);
        assert_eq!(table(&refused, "profiles")["equal"], true);
        assert_eq!(views(data.path()), before, "{verb:?} has swapped nothing");
    }
    let unknown = replay(data.path(), &["rebuild", "--projection", "post"]).await;
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(unknown.stderr.contains("[possible values: posts, comments"), "{unknown:?}");
    let accepted = replay(data.path(), &["rebuild", "--projection", "posts"]).await;
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
    assert_eq!(
        (line(&accepted, "rebuilt")["swapped"].clone(), views(data.path()) != before),
        (json!(true), true)
    );
    assert!(before.exists(), "the one before is kept");
    let dropped = replay(data.path(), &["drop-old"]).await;
    assert_eq!((line(&dropped, "dropped"), before.exists()), (json!(1), false));
    audit(data.path(), &ledger).await;
}

#[tokio::test]
async fn a_log_that_somebody_has_changed_is_told_with_the_place() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let tidings = Tidings::start(data.path()).await;
    posts(&tidings, &mut ledger, 40).await;
    audit(data.path(), &ledger).await;
    let by_hand = rusqlite::Connection::open(data.path().join("log.sqlite")).unwrap();
    let partition = (0..8).find(|p| {
        let sql = format!("UPDATE commits_{p} SET actor = randomblob(16) WHERE number = 2");
        by_hand.execute(&sql, ()).unwrap() == 1
    });
    let partition = partition.unwrap();
    let found = replay(data.path(), &["verify", "--log-only"]).await;
    assert_eq!(found.code, Some(3), "{found:?}");
    let told =
        lines(&found).into_iter().find(|line| line["partition"] == partition && line["intact"] == false);
    let told = told.unwrap_or_else(|| panic!("{found:?}"))["error"].as_str().unwrap().to_owned();
    assert!(told.contains(&format!("at {partition}:2")), "{told}");
    assert_eq!(line(&found, "log")["sound"], false);
}

#[tokio::test]
async fn a_read_model_of_the_past_answers_queries_in_a_folder_of_its_own() {
    let (data, mut ledger) = (folder(), Ledger::default());
    let tidings = Tidings::start(data.path()).await;
    posts(&tidings, &mut ledger, 10).await;
    let last: Vec<String> = ledger.positions().iter().map(ToString::to_string).collect();
    // What follows is recorded at a later millisecond, also in partitions that no position names.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    posts(&tidings, &mut ledger, 10).await;
    audit(data.path(), &ledger).await;

    let past = data.path().join("past");
    let mut verb = vec!["at", "--into", past.to_str().unwrap()];
    last.iter().for_each(|position| verb.extend(["--position", position]));
    let built = replay(data.path(), &verb).await;
    assert_eq!(built.code, Some(0), "{built:?}");
    assert_eq!(line(&built, "at")["events"], 10);
    let again = replay(data.path(), &verb).await;
    assert!(again.code == Some(1) && again.stdout.contains("holds a read model already"), "{again:?}");

    let urls = Urls { views: Urls::embedded(&past).views, ..Urls::embedded(data.path()) };
    let queries = QueryHost::on(&urls, |_| {}).await;
    let shown = Talk::to(queries.queries).await.ok(&query("Profile", json!({ "user": ADA }))).await;
    assert_eq!(shown["data"]["posts"], 10);
    let now = tidings.asker().await.ok(&query("Profile", json!({ "user": ADA }))).await;
    assert_eq!(now["data"]["posts"], 20);

    let nothing = ["at", "--into", "unused", "--position", "0:9999"];
    let refused = replay(data.path(), &nothing).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(line(&refused, "failed"), "there is no commit 0:9999");
}
