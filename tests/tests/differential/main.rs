//! One history through the embedded stack and through the full stack: the same replies, the same rows, the same
//! answers.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use serde_json::{Value, json};
use tidings_projections::queries::catalogue;
use tidings_tests::{
    CommandHost, FullStack, Ledger, ProjectionHost, QueryHost, Rand, Step, Tables, Talk, Tidings, Urls,
    audit_at, folder, ldbc, made_up, query_after,
};
use uuid::Uuid;

/// Commands of LDBC: what is one by one takes its time.
const OF_LDBC: usize = 2_000;
const MADE_UP: usize = 1_500;

/// The lines of a history, and between them some that are to be refused, replayed, or change nothing.
fn lines(steps: &[Step]) -> Vec<String> {
    let mut chance = Rand::new(42);
    let mut lines = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        lines.push(step.line.clone());
        let mut again: Value = serde_json::from_str(&chance.one_of(&steps[..=place]).line).unwrap();
        match chance.below(10) {
            // Sent again.
            0 => {}
            // The same wish under another id: nothing changes, or it is refused.
            1 => again["id"] = json!(Uuid::new_v5(&Uuid::nil(), format!("again {place}").as_bytes())),
            // In a stranger's name.
            2 => {
                again["id"] = json!(Uuid::new_v5(&Uuid::nil(), format!("stranger {place}").as_bytes()));
                again["actor"] = json!(Uuid::from_u128(7));
            }
            // With data that are none.
            3 => again["data"] = json!({ "text": 7 }),
            _ => continue,
        }
        lines.push(again.to_string());
    }
    lines
}

/// The answers to a question of every kind about every tenth person, and to the catalogue's examples.
async fn answers(talk: &mut Talk, ledger: &Ledger, people: &[Uuid]) -> Vec<(String, Value)> {
    let query = |name: &str, data| query_after(name, data, json!(ledger.positions()));
    let mut questions: Vec<Value> =
        catalogue().map(|help| query(help.name, serde_json::from_str(help.example).unwrap())).collect();
    for user in people {
        questions.extend([
            query("Profile", json!({ "user": user })),
            query("HomeFeed", json!({ "user": user })),
            query("PostsByAuthor", json!({ "author": user })),
            query("ClipsByAuthor", json!({ "author": user })),
            query("Activity", json!({ "user": user })),
            query("Followers", json!({ "user": user })),
            query("Following", json!({ "user": user })),
            query("LikedBy", json!({ "user": user })),
        ]);
    }
    let mut answers = Vec::new();
    for question in questions {
        let mut answer = talk.call(&question).await;
        assert!(answer["ok"] == true || answer["error"]["code"] == "not_found", "{question}: {answer}");
        leave_out_times(&mut answer["data"]);
        answers.push((question.to_string(), answer));
    }
    answers
}

/// When something was recorded is another time in each.
fn leave_out_times(data: &mut Value) {
    match data {
        Value::Array(rows) => rows.iter_mut().for_each(leave_out_times),
        Value::Object(fields) => {
            for time in ["recorded_at", "received_at", "updated_at"] {
                fields.remove(time);
            }
        }
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_history_gives_the_same_replies_rows_and_answers_on_both_stacks() {
    let mut steps = ldbc();
    steps.truncate(OF_LDBC);
    let of_ldbc = steps.len();
    steps.extend(made_up(MADE_UP));
    let lines = lines(&steps);
    eprintln!("{} lines, {of_ldbc} of LDBC", lines.len());

    let data = folder();
    // Processes would append in between, here and there at other moments.
    let off = |command: &mut std::process::Command| {
        command.args(["--processes", "off"]);
    };
    let embedded = Tidings::start_with(data.path(), off).await;
    // With a ledger both, for it remembers more than the log does.
    let (beside, mut full) = (folder(), FullStack::fresh().await);
    let url = format!("sqlite:{}", beside.path().display());
    let with_ledger = |command: &mut std::process::Command| {
        command.args(["--ledger", &url]);
    };
    full.commands.push(CommandHost::on(&full.urls, with_ledger).await);
    full.projections.push(ProjectionHost::on(&full.urls, |_| {}).await);
    full.queries.push(QueryHost::on(&full.urls, with_ledger).await);
    let (mut one, mut other) = (embedded.commander().await, full.commands[0].talk().await);
    let (mut ledger, mut codes) = (Ledger::default(), std::collections::BTreeMap::<String, usize>::new());
    for line in &lines {
        let (here, there) = tokio::join!(one.line(line), other.line(line));
        // Also where the commit stands: both logs number alike.
        assert_eq!(here, there, "the replies to {line}");
        match here["ok"] == true {
            true => ledger.note(&here),
            false => {
                *codes.entry(here["error"]["code"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
    eprintln!("{} commits; refused: {codes:?}", ledger.count());
    assert!(codes.len() >= 3, "refusals of several kinds are among them: {codes:?}");

    let urls = Urls::embedded(data.path());
    let (log, rows) = audit_at(&urls, &ledger).await;
    let (log_there, rows_there) = audit_at(&full.urls, &ledger).await;
    assert_eq!((log.len(), log_there.len()), (ledger.count(), ledger.count()));
    let alike = |tables: &Tables| tables.leave_out(&["recorded_at"]);
    alike(&rows).assert_same(&alike(&rows_there), "the embedded and the full stack");

    let actors = steps.iter().step_by(97).map(|step| {
        let line: Value = serde_json::from_str(&step.line).unwrap();
        line["actor"].as_str().unwrap().parse().unwrap()
    });
    let people: Vec<Uuid> = actors.collect();
    let here = answers(&mut embedded.asker().await, &ledger, &people).await;
    let there = answers(&mut full.queries[0].talk().await, &ledger, &people).await;
    for (here, there) in here.iter().zip(&there) {
        assert_eq!(here, there, "the answers to {}", here.0);
    }
}
