//! Lines that are answered: each has one reply, which is a line of JSON with a known code, and nothing breaks.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tidings_command_host::{CommandService, Engine};
use tidings_domain::Limits;
use tidings_eventstore::{EventStore, MemoryLog};
use tidings_ledger::MemoryLedger;
use tidings_projections::queries::catalogue;
use tidings_projections::sqlite::InMemory;
use tidings_projections::{ReadModel, social};
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::{Handle, Seeded};
use tokio::runtime::{Builder, Runtime};

/// So many lines are answered by one host; then it is made anew, with nothing in it.
const LINES: u32 = 2_000;

struct Host {
    runtime: Runtime,
    commands: CommandService,
    queries: QueryService,
    answered: u32,
}

impl Host {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let world: Handle = Arc::new(Seeded::new(1));
        let (commands, queries) = runtime.block_on(async {
            let limits = Limits::default();
            let store = EventStore::start(Arc::new(MemoryLog::new(8)), world.clone(), Default::default());
            let engine = Engine::new(store.clone(), world.clone(), limits.clone(), Default::default());
            let commands = CommandService::new(engine, world.clone(), BTreeSet::new(), &limits);
            let model = InMemory::new().expect("memory");
            model.attach(&social::group(), 8.into()).await.expect("an empty read model");
            let ledger = Arc::new(MemoryLedger::default());
            let (store, model) = (Arc::new(store.into()), Arc::new(model));
            let queries = QueryService::new(store, model, Some(ledger.clone()), world);
            let queries = queries.with_progress(Some(ledger));
            (commands, queries)
        });
        Self { runtime, commands, queries, answered: 0 }
    }
}

thread_local! {
    static HOST: RefCell<Option<Host>> = const { RefCell::new(None) };
}

fn answered(line: &str, service: impl FnOnce(&Host) -> String) {
    let reply = HOST.with_borrow_mut(|host| {
        let host = match host {
            Some(known) if known.answered < LINES => known,
            stale => stale.insert(Host::new()),
        };
        host.answered += 1;
        service(host)
    });
    assert!(!reply.contains('\n'), "{line} was answered with more than a line: {reply}");
    let answer: Value = serde_json::from_str(&reply).expect("a reply is JSON");
    let ok = answer["ok"].as_bool().expect("a reply says whether it is ok");
    if !ok {
        let code = answer["error"]["code"].as_str().expect("a refusal has a code");
        assert!(CODES.contains(&code), "{line} was answered with {code}");
        let never = ["unavailable", "overloaded"];
        assert!(!never.contains(&code), "nothing is away here, but {line} was answered {reply}");
    }
    if let Ok(Value::Object(asked)) = serde_json::from_str(line)
        // A longer one is none.
        && let Some(id) = asked.get("id").filter(|id| id.is_string() && line.len() < 128)
        && answer["error"]["code"] != "malformed"
    {
        assert_eq!(&answer["id"], id, "the reply to {line}");
    }
}

const CODES: [&str; 12] = [
    "malformed",
    "too_large",
    "unknown",
    "invalid",
    "rejected",
    "not_found",
    "gone",
    "forbidden",
    "conflict",
    "not_yet",
    "unavailable",
    "overloaded",
];

/// A line at the port for commands.
pub(crate) fn command(data: &[u8]) {
    let Some(line) = line(data) else { return };
    answered(line, |host| {
        host.runtime.block_on(host.commands.call(Request::new(line))).line().trim_end().to_owned()
    });
}

/// A line at the port for queries.
pub(crate) fn query(data: &[u8]) {
    let Some(line) = line(data) else { return };
    // What waits, waits in vain here.
    if line.contains("after") {
        return;
    }
    asked(line);
}

/// The first byte is the list, the rest its cursor.
pub(crate) fn cursor(data: &[u8]) {
    let Some((which, cursor)) = data.split_first() else { return };
    let Ok(cursor) = std::str::from_utf8(cursor) else { return };
    let lists: Vec<_> =
        catalogue().filter(|query| query.fields.iter().any(|field| field.name == "cursor")).collect();
    let list = &lists[usize::from(*which) % lists.len()];
    let mut data: Value = serde_json::from_str(list.example).expect("an example is JSON");
    data["cursor"] = json!(cursor);
    asked(&json!({ "query": list.name, "data": data }).to_string());
}

fn asked(line: &str) {
    answered(line, |host| {
        host.runtime.block_on(host.queries.call(Request::new(line))).line().trim_end().to_owned()
    });
}

/// What a connection would give to the service.
fn line(data: &[u8]) -> Option<&str> {
    let line = std::str::from_utf8(data).ok()?;
    (line.trim_start().starts_with('{') && !line.contains('\n')).then_some(line)
}
