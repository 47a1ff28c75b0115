//! A service that does as its lines say, a server of it on a free port, and a client of raw bytes.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tidings_wire::{Drained, Id, Limits, Reply, Request, Service, run};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything takes that is awaited.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask<'a> {
    #[serde(borrow, default)]
    id: Id<'a>,
    #[serde(borrow)]
    act: Cow<'a, str>,
    size: Option<usize>,
}

/// Does as a line says, and remembers.
#[derive(Default)]
pub(crate) struct Script {
    /// The ids in the order in which their futures were first polled.
    pub(crate) first_polls: Mutex<Vec<String>>,
    pub(crate) running: AtomicUsize,
    pub(crate) most_running: AtomicUsize,
    pub(crate) finished: AtomicUsize,
    pub(crate) gate: Option<Semaphore>,
}

impl Script {
    pub(crate) fn gated() -> Self {
        Self { gate: Some(Semaphore::new(0)), ..Self::default() }
    }

    pub(crate) fn open_gate(&self, times: usize) {
        self.gate.as_ref().unwrap().add_permits(times);
    }

    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }
}

impl Service for Script {
    async fn call(&self, request: Request) -> Reply {
        let ask = match request.parse::<Ask>() {
            Ok(ask) => ask,
            Err(reply) => return reply,
        };
        self.first_polls.lock().unwrap().push(ask.id.json().unwrap_or("none").to_owned());
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_running.fetch_max(running, Ordering::SeqCst);
        let size = ask.size.unwrap_or(0);
        match &*ask.act {
            "wait" => self.gate.as_ref().unwrap().acquire().await.unwrap().forget(),
            "yield" => tokio::task::yield_now().await,
            "panic" => panic!("as it was told"),
            _ => {}
        }
        self.running.fetch_sub(1, Ordering::SeqCst);
        self.finished.fetch_add(1, Ordering::SeqCst);
        Reply::ok(ask.id, &json!({ "act": ask.act, "data": "x".repeat(size) }))
    }

    fn help(&self, topic: Option<&str>) -> String {
        format!("help on {}\nand more", topic.unwrap_or("everything"))
    }
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) service: Arc<Script>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Drained>,
}

impl Server {
    pub(crate) async fn start(service: Script, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = Arc::new(service);
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(run(listener, service.clone(), limits, async {
            // A server that a test has let go of serves on.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Self { address, service, stop, task }
    }

    pub(crate) async fn with_defaults() -> Self {
        Self::start(Script::default(), Limits::default()).await
    }

    pub(crate) async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.address).await.unwrap();
        Client(BufReader::new(stream))
    }

    /// Tells the server to stop; its end can be awaited.
    pub(crate) fn stop(self) -> JoinHandle<Drained> {
        self.stop.send(()).unwrap();
        self.task
    }
}

/// A client that sends bytes and reads lines.
pub(crate) struct Client(pub(crate) BufReader<TcpStream>);

impl Client {
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.0.write_all(bytes.as_ref())).await.unwrap();
    }

    /// Says that no more comes.
    pub(crate) async fn end(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    pub(crate) async fn text(&mut self) -> String {
        let mut line = String::new();
        within(self.0.read_line(&mut line)).await.unwrap();
        assert_eq!(line.pop(), Some('\n'), "the connection ended");
        line
    }

    pub(crate) async fn reply(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// The code of the error that comes next.
    pub(crate) async fn code(&mut self) -> String {
        let reply = self.reply().await;
        assert_eq!(reply["ok"], false, "{reply}");
        reply["error"]["code"].as_str().unwrap().to_owned()
    }

    /// Sends a ping and takes its answer, which must be the next line.
    pub(crate) async fn assert_alive(&mut self) {
        self.send("ping\n").await;
        assert_eq!(self.reply().await, json!({ "ok": true, "pong": true }));
    }

    /// Reads to the end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        within(self.0.read_to_string(&mut rest)).await.unwrap();
        rest
    }
}

/// The outcome, which must come within the limit.
pub(crate) async fn within<T>(what: impl Future<Output = T>) -> T {
    timeout(LIMIT, what).await.expect("it took too long")
}

/// Waits until it is so.
pub(crate) async fn until(mut so: impl FnMut() -> bool) {
    within(async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
