//! A host that is paused in mid-transaction, and a reply that is lost after its effect.

use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tidings_domain::testing::sample;
use tidings_projections::postgres::{PostgresReadModel, PostgresUrl};
use tidings_projections::{Advance, ApplyError, ReadModel, Step, social};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::database::Database;

const USERS: u32 = 5_000;

/// A step that counts one more follower for every user.
fn one_more(from: u64) -> Step {
    let (to, commit) = (from + 1, Uuid::from_u128(from.into()));
    let mut step = Step { advances: vec![Advance { partition: 0, from, to, commit }], ..Step::default() };
    for n in 0..USERS {
        step.changes.row("profiles", [sample::user(n).into()]).add("followers", 1);
    }
    step
}

async fn open(url: PostgresUrl) -> PostgresReadModel {
    let model = PostgresReadModel::open(url);
    model.attach(&social::group(), 1.into()).await.unwrap();
    model
}

async fn number(model: &PostgresReadModel) -> u64 {
    model.checkpoint("social").await.unwrap().numbers[0]
}

/// Not a test: what the paused process does, whatever goes wrong.
#[tokio::test]
#[ignore = "the process that `a_paused_host_holds_up_nobody_for_long` pauses"]
async fn applies_for_ever() {
    let model = open(std::env::var("ZOMBIE_URL").unwrap().parse().unwrap()).await;
    loop {
        if let Ok(checkpoint) = model.checkpoint("social").await {
            let _ = model.apply(&social::group(), &one_more(checkpoint.numbers[0])).await;
        }
    }
}

struct Zombie(Child);

impl Zombie {
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Zombie {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_host_holds_up_nobody_for_long_and_overwrites_nothing_when_it_wakes() {
    let database = Database::create().await;
    let (model, client) = (open(database.url()).await, database.client().await);
    let this = std::env::current_exe().unwrap();
    let child = Command::new(this)
        .args(["--exact", "zombies::applies_for_ever", "--ignored"])
        .env("ZOMBIE_URL", database.text())
        .stdout(std::process::Stdio::null())
        .spawn();
    let zombie = Zombie(child.unwrap());
    let working = async {
        while number(&model).await < 3 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), working).await.expect("it works");

    let held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                AND state = 'idle in transaction' AND pid <> pg_backend_pid()";
    let catching = async {
        loop {
            zombie.signal("-STOP");
            // What it had sent is done by then, mostly.
            sleep(Duration::from_millis(30)).await;
            if client.query_one(held, &[]).await.unwrap().get::<_, i64>(0) == 1 {
                let (began, at) = (Instant::now(), number(&model).await);
                match model.apply(&social::group(), &one_more(at)).await {
                    Ok(()) => return (began.elapsed(), at),
                    // The server was still at what it had sent.
                    Err(ApplyError::Moved) if number(&model).await > at => {}
                    outcome => panic!("{outcome:?}"),
                }
            }
            zombie.signal("-CONT");
            sleep(Duration::from_millis(7)).await;
        }
    };
    let caught = timeout(Duration::from_secs(60), catching).await;
    let (waited, at) = caught.expect("it is caught in mid-transaction");
    assert!(waited < Duration::from_secs(4), "{waited:?}");

    zombie.signal("-CONT");
    let goes_on = async {
        while number(&model).await < at + 5 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(60), goes_on).await.expect("it goes on by itself");
    drop(zombie);
    // Its last transaction ends with its connection.
    let counted = async {
        loop {
            let sql = "SELECT (SELECT number FROM tidings.checkpoints), min(followers), max(followers), count(*) \
                       FROM tidings.profiles";
            let row = client.query_one(sql, &[]).await.unwrap();
            let [number, least, most, users] = [0, 1, 2, 3].map(|place| row.get::<_, i64>(place));
            assert_eq!((least, most, users), (number, number, i64::from(USERS)), "each step counted once");
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'";
            if client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0) == 1 {
                return;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(20), counted).await.expect("it comes to rest");
}

/// What goes through a proxy.
enum Chunk<'b> {
    /// To the server.
    Up(&'b mut [u8]),
    /// To the client.
    Down(&'b [u8]),
}

/// Passes bytes on, after a look at each chunk, which may change it; where that says no, the connection is cut.
async fn behind_a_proxy(server: String, look: impl FnMut(Chunk<'_>) -> bool + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let look = Arc::new(Mutex::new(look));
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(&server).await.unwrap();
            let look = look.clone();
            tokio::spawn(async move {
                let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
                loop {
                    tokio::select! {
                        read = client.read(&mut up) => {
                            let Ok(count @ 1..) = read else { break };
                            let goes_on = look.lock().unwrap()(Chunk::Up(&mut up[..count]));
                            if !goes_on || server.write_all(&up[..count]).await.is_err() {
                                break;
                            }
                        }
                        read = server.read(&mut down) => {
                            let Ok(count @ 1..) = read else { break };
                            let goes_on = look.lock().unwrap()(Chunk::Down(&down[..count]));
                            if !goes_on || client.write_all(&down[..count]).await.is_err() {
                                break;
                            }
                        }
                    }
                }
            });
        }
    });
    port
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

/// Spoils the first BEGIN, which the server then does not understand: as one that is cancelled, by whoever gave the call up
/// while the server was stopped, it fails by itself, and what was sent behind it is carried out.
fn failing_the_first_begin() -> impl FnMut(Chunk<'_>) -> bool {
    let mut armed = true;
    move |chunk| {
        if let Chunk::Up(bytes) = chunk
            && let Some(begin) = find(bytes, b"BEGIN").filter(|_| std::mem::take(&mut armed))
        {
            bytes[begin] = b'X';
        }
        true
    }
}

/// Cuts the connection when the server answers what holds `COMMIT`, for the first time.
fn losing_the_reply_to_a_commit() -> impl FnMut(Chunk<'_>) -> bool {
    let (mut armed, mut asked) = (true, false);
    move |chunk| match chunk {
        // Only that of a step: making the tables commits too.
        Chunk::Up(bytes) => {
            asked |= find(bytes, b"COMMIT").is_some() && find(bytes, b"VIEW").is_none();
            true
        }
        Chunk::Down(bytes) => {
            let cuts = armed && asked && find(bytes, b"COMMIT").is_some();
            armed &= !cuts;
            !cuts
        }
    }
}

/// `HOST:PORT` of the server, and the URL of the same database behind another port of this machine.
fn server_of(database: &Database) -> (String, impl Fn(u16) -> PostgresUrl) {
    let text = database.text();
    let server =
        text.split("://").last().unwrap().split('/').next().unwrap().rsplit('@').next().unwrap().to_owned();
    let replaced = server.clone();
    (server, move |port| text.replace(&replaced, &format!("127.0.0.1:{port}")).parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_does_not_begin_leaves_the_checkpoint_where_it_is() {
    let database = Database::create().await;
    open(database.url()).await;
    let (server, behind) = server_of(&database);
    let model = PostgresReadModel::open(behind(behind_a_proxy(server, failing_the_first_begin()).await));
    let outcome = model.apply(&social::group(), &one_more(0)).await;
    assert!(matches!(&outcome, Err(ApplyError::Unavailable(why)) if why.contains("XEGIN")), "{outcome:?}");
    assert_eq!(number(&model).await, 0, "no row was stored");
    assert_eq!(model.apply(&social::group(), &one_more(0)).await, Ok(()));
    let sql = "SELECT min(followers), max(followers) FROM tidings.profiles";
    let row = database.client().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_whose_reply_was_lost_is_found_and_not_stored_again() {
    let database = Database::create().await;
    open(database.url()).await;
    let (server, behind) = server_of(&database);
    let model = PostgresReadModel::open(behind(behind_a_proxy(server, losing_the_reply_to_a_commit()).await));
    let outcome = model.apply(&social::group(), &one_more(0)).await;
    assert_eq!(outcome, Err(ApplyError::Moved), "the checkpoint says that it is stored");
    assert_eq!(number(&model).await, 1);
    let sql = "SELECT min(followers), max(followers) FROM tidings.profiles";
    let row = database.client().await.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 1));
}
