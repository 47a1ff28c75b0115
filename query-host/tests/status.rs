//! What became of a command, told while it is carried out.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tidings_domain::testing::sample;
use tidings_domain::{Event, post};
use tidings_eventstore::conformance::{Layer, Layered};
use tidings_eventstore::{Append, Commit, EventStore, Log, MemoryLog, ReadError};
use tidings_ledger::{End, Finish, How, Ledger, MemoryLedger, Receive, Received};
use tidings_projections::sqlite::InMemory;
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::{Seeded, World};
use uuid::Uuid;

/// A log to which the command comes just behind the first look for it.
struct JustBehind {
    log: MemoryLog,
    looks: AtomicUsize,
}

#[async_trait]
impl Layer for JustBehind {
    fn under(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }

    async fn find_command(&self, partition: u16, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        match self.looks.fetch_add(1, Ordering::SeqCst) {
            0 => Ok(None),
            _ => self.log.find_command(partition, command).await,
        }
    }
}

#[tokio::test]
async fn a_command_that_is_done_between_the_look_at_the_log_and_that_at_the_ledger_has_its_position() {
    let (world, log, ledger) = (Arc::new(Seeded::new(1)), MemoryLog::new(1), MemoryLedger::default());
    let writer = EventStore::start(Arc::new(log.clone()), world.clone(), Default::default());
    let command = world.id();
    let append = Append {
        stream: post::stream(sample::post(1)),
        expected: 0,
        events: vec![sample::post_created(1, sample::user(1)).encode()],
        command,
        correlation: command,
        causation: None,
        actor: Uuid::nil(),
        occurred_at: None,
    };
    let position = writer.append(append).await.unwrap().commit.position;
    let how = How::Claim { host: world.id(), lease: Duration::from_secs(1) };
    let receive =
        Receive { id: command, digest: [0; 32], name: "CreatePost".into(), actor: Uuid::nil(), how };
    let Received::Claimed(hold) = ledger.receive(receive, world.now()).await.unwrap() else {
        panic!("it is new")
    };
    let finish = Finish::Appended { position, outcome: r#"{"version":1}"#.into() };
    ledger.finish(vec![End { hold, finish }], world.now()).await.unwrap();

    let read = EventStore::start(
        Arc::new(Layered(JustBehind { log, looks: AtomicUsize::new(0) })),
        world.clone(),
        Default::default(),
    );
    let reader = Arc::new(InMemory::new().unwrap());
    let service = QueryService::new(Arc::new(read.into()), reader, Some(Arc::new(ledger)), world);
    let line = format!(r#"{{"query":"CommandStatus","data":{{"command":"{command}"}}}}"#);
    let reply: Value = serde_json::from_str(service.call(Request::new(line)).await.line()).unwrap();
    let status = &reply["data"];
    assert_eq!(
        (&status["state"], &status["at"]),
        (&json!("SUCCEEDED"), &json!(position.to_string())),
        "{reply}"
    );
    assert_eq!(status.get("outcome"), None, "the log says it");
}
