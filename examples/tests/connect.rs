//! The social network told to a host that is another's, also one that goes and comes back.
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

mod program;

use tidings_examples::social_network::census::census;
use tidings_examples::social_network::checks::{Found, check};
use tidings_examples::social_network::client::Pool;
use tidings_examples::social_network::import::{Imported, import};
use tidings_examples::social_network::network;
use tidings_examples::social_network::plan::{Plan, plan};
use tidings_examples::social_network::queries::Queries;
use tidings_standalone::{Options, Standalone};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(30);

fn small() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/small")
}

fn small_plan() -> Arc<Plan> {
    Arc::new(plan(&network::read(&small()).unwrap().0))
}

/// A host on a folder, for as long as the test runs.
async fn host(data: &Path) -> (SocketAddr, SocketAddr) {
    let standalone = Standalone::open(data, Options::default()).await.unwrap();
    let commands = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let queries = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addresses = (commands.local_addr().unwrap(), queries.local_addr().unwrap());
    tokio::spawn(standalone.run(commands, queries, std::future::pending()));
    addresses
}

async fn tell(commands: SocketAddr, plan: &Arc<Plan>) -> (Imported, Arc<Pool>) {
    let pool = Arc::new(Pool::new(commands.to_string(), 3, PATIENCE));
    (import(plan.clone(), pool.clone(), 16, || {}).await.unwrap(), pool)
}

async fn checked(queries: SocketAddr, plan: &Plan, imported: &Imported) -> Found {
    let after = imported.after.values().copied().collect();
    let queries = Queries::new(Pool::new(queries.to_string(), 2, PATIENCE), after, 16);
    let census = census(&small(), &BTreeSet::new()).unwrap();
    check(&queries, &census, &imported.commits(plan)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_tells_it_to_the_host_at_connect() {
    let data = tempfile::tempdir().unwrap();
    let (commands, queries) = host(data.path()).await;
    let args = [
        small().into_os_string(),
        "--connect".into(),
        commands.to_string().into(),
        "--queries".into(),
        queries.to_string().into(),
    ];
    let run = move || {
        let args = args.clone();
        tokio::task::spawn_blocking(move || program::run("social_network", &args, ""))
    };
    let first = run().await.unwrap();
    assert!(first.ok && first.out.contains(": 35 appended, 0 replayed,"), "{first:?}");
    let second = run().await.unwrap();
    assert!(second.ok && second.out.contains(": 0 appended, 35 replayed,"), "{second:?}");
}

/// Passes bytes on to a host, and breaks every connection after so many bytes of answers.
async fn fickle(host: SocketAddr, bytes: usize) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, broken) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = broken.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let count = count.clone();
            tokio::spawn(async move {
                let (mut from_client, mut to_client) = client.into_split();
                let (from_host, mut to_host) = TcpStream::connect(host).await.unwrap().into_split();
                let there =
                    tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_host).await });
                let mut answers = from_host.take(bytes as u64);
                let _ = tokio::io::copy(&mut answers, &mut to_client).await;
                let _ = to_client.shutdown().await;
                there.abort();
                count.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    (address, broken)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_lose_nothing_and_double_nothing() {
    let data = tempfile::tempdir().unwrap();
    let (commands, queries) = host(data.path()).await;
    // An answer has about 250 bytes: each connection breaks in the middle of its fourth.
    let (unsteady, broken) = fickle(commands, 900).await;
    let plan = small_plan();
    let (imported, pool) = tell(unsteady, &plan).await;
    assert_eq!(imported.acknowledged.len(), 35);
    assert!(broken.load(Ordering::Relaxed) > 3 && pool.retries() > 0);
    let found = checked(queries, &plan, &imported).await;
    assert!(found.is_well() && found.in_log == 35, "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pool = Pool::new(listener.local_addr().unwrap().to_string(), 1, PATIENCE);
    let error = pool.ask("1", "{\"id\":\"1\"}").await.unwrap_err();
    assert!(error.to_string().ends_with("gives no answer: silent for 30 s"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_command_that_the_log_does_not_have_is_told() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let ((commands, _), (_, queries_of_another)) = (host(one.path()).await, host(other.path()).await);
    let plan = small_plan();
    let (mut imported, _) = tell(commands, &plan).await;
    imported.after.clear();
    let found = checked(queries_of_another, &plan, &imported).await;
    assert_eq!(found.in_log, 0);
    assert!(found.differences.iter().any(|told| told.starts_with("command ")), "{found:?}");
    assert!(found.differences.iter().any(|told| told.starts_with("posts by profiles: 3")), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_command_takes_what_refers_to_it_along_and_no_other() {
    let data = tempfile::tempdir().unwrap();
    let (commands, _) = host(data.path()).await;
    let mut plan = Plan::clone(&small_plan());
    // The host refuses a text that is blank: here that of post 10, on whose thread five comments are.
    let first = tidings_examples::social_network::ids::post(10);
    for planned in &mut plan.commands {
        let create = tidings_domain::post::Command::CreatePost { post: first, text: " ".into() };
        if planned.command.to_json().contains(&format!("{{\"post\":\"{first}\"")) {
            planned.command = create.into();
        }
    }
    let (imported, _) = tell(commands, &Arc::new(plan)).await;
    assert_eq!(imported.refused.len(), 1);
    assert_eq!(imported.refused[0].1.code, "invalid");
    // Five comments, three likes of the post, two of its comments.
    assert_eq!(imported.not_sent, 10);
    assert_eq!(imported.acknowledged.len(), 35 - 11);
}
