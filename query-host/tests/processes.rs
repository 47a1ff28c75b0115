//! How far processes are, as a query tells it.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::sync::Arc;

use serde_json::{Value, json};
use tidings_domain::testing::sample;
use tidings_domain::{Event, Position, post};
use tidings_eventstore::{Append, EventStore, MemoryLog};
use tidings_ledger::{MemoryLedger, Progress};
use tidings_projections::sqlite::InMemory;
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::Seeded;
use uuid::Uuid;

async fn append(store: &EventStore, n: u32) -> Position {
    let world = store.world();
    let append = Append {
        stream: post::stream(sample::post(n)),
        expected: 0,
        events: vec![sample::post_created(n, sample::user(1)).encode()],
        command: world.id(),
        correlation: world.id(),
        causation: None,
        actor: Uuid::nil(),
        occurred_at: None,
    };
    store.append(append).await.unwrap().commit.position
}

async fn asked(store: &EventStore, progress: Option<Arc<dyn Progress>>) -> Value {
    let (store, reader) = (Arc::new(store.clone().into()), Arc::new(InMemory::new().unwrap()));
    let service = QueryService::new(store, reader, None, Arc::new(Seeded::new(1))).with_progress(progress);
    let reply = service.call(Request::new(r#"{"query":"Processes"}"#)).await;
    serde_json::from_str(reply.line()).unwrap()
}

#[tokio::test]
async fn each_process_is_told_with_the_logs_head_and_the_time_of_what_it_has_not_done() {
    let world = Arc::new(Seeded::new(1));
    let store = EventStore::start(Arc::new(MemoryLog::new(2)), world.clone(), Default::default());
    let ledger = Arc::new(MemoryLedger::default());
    assert_eq!(asked(&store, Some(ledger.clone())).await["data"], json!([]), "none has come anywhere");

    // Until a partition has three commits and the other has some.
    let mut heads = [0; 2];
    let mut times = [vec![], vec![]];
    for n in 1.. {
        world.jump(1_000);
        let at = append(&store, n).await;
        let partition = usize::from(at.partition);
        heads[partition] = at.number;
        times[partition].push(store.head(at.partition).await.unwrap().recorded_at);
        if heads[0] >= 3 && heads[1] >= 1 {
            break;
        }
    }
    ledger.advance("cleanup", vec![Position::new(0, 1), Position::new(1, heads[1])]).await.unwrap();
    ledger.advance("overdue", vec![Position::new(0, heads[0])]).await.unwrap();
    let row = |process: &str, partition: usize, number: u64| {
        let lag = heads[partition] - number;
        let since = times[partition].get(usize::try_from(number).unwrap());
        json!({ "process": process, "partition": partition, "number": number, "head": heads[partition],
                "lag": lag, "waiting_since": since })
    };
    let expected = json!([
        row("cleanup", 0, 1),
        row("cleanup", 1, heads[1]),
        row("overdue", 0, heads[0]),
        row("overdue", 1, 0)
    ]);
    let answer = asked(&store, Some(ledger.clone())).await;
    assert_eq!(answer["data"], expected);
    assert!(answer["data"][0]["waiting_since"].is_string() && answer["data"][2]["waiting_since"].is_null());

    // Of a log that was put back to an older state it is nowhere behind.
    ledger.advance("overdue", vec![Position::new(0, heads[0] + 7)]).await.unwrap();
    let answer = asked(&store, Some(ledger)).await;
    let ahead = &answer["data"][2];
    assert_eq!((&ahead["lag"], &ahead["waiting_since"]), (&json!(0), &Value::Null), "{ahead}");
}

#[tokio::test]
async fn without_a_ledger_it_says_what_is_missing() {
    let world = Arc::new(Seeded::new(1));
    let store = EventStore::start(Arc::new(MemoryLog::new(2)), world, Default::default());
    let error = &asked(&store, None).await["error"];
    assert_eq!((&error["code"], &error["retry"]), (&json!("unavailable"), &json!(false)), "{error}");
    assert!(error["message"].as_str().unwrap().contains("--ledger"), "{error}");
}
