//! Requests to a host: many at a time over a few connections, again under the same id where that may help.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tidings_domain::Position;
use tidings_wire::{Client, Receiver, Sender};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// The connections to one host. Requests on one that breaks are sent again on a new one.
#[derive(Debug)]
pub struct Pool {
    address: String,
    connections: Vec<tokio::sync::Mutex<Option<Connection>>>,
    turn: AtomicUsize,
    retries: AtomicU64,
    patience: Duration,
}

/// A host's answer to one request.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Reply {
    /// The request's id.
    #[serde(default)]
    pub id: Value,
    /// Whether it was carried out, or answered.
    #[serde(default)]
    pub ok: bool,
    /// A command: where its commit stands in the log.
    #[serde(default)]
    pub at: Option<Position>,
    /// A command: whether it had been carried out before.
    #[serde(default)]
    pub replayed: bool,
    /// A command: whether all was so already, and it made no commit.
    #[serde(default)]
    pub unchanged: bool,
    /// A query: the answer.
    #[serde(default)]
    pub data: Value,
    /// A query: where the next page begins.
    #[serde(default)]
    pub next: Option<String>,
    /// Why not.
    #[serde(default)]
    pub error: Option<Refusal>,
}

/// Why a host refused.
#[derive(Clone, Debug, Deserialize)]
pub struct Refusal {
    /// The kind, such as `rejected`.
    pub code: String,
    /// A sentence for a person.
    pub message: String,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retry: bool,
}

/// A host was asked again and again, and in vain.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{address} gives no answer: {why}")]
pub struct GaveUp {
    address: String,
    why: String,
}

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl Pool {
    /// Connections to a host, made when they are needed. `patience` is how long one request is tried.
    pub fn new(address: impl Into<String>, connections: usize, patience: Duration) -> Self {
        let connections = (0..connections.max(1)).map(|_| tokio::sync::Mutex::default()).collect();
        let (turn, retries) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { address: address.into(), connections, turn, retries, patience }
    }

    /// How often a request was sent again.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Sends a request until the host answers it for good. `id` is the id in the line, and no other request's.
    ///
    /// # Errors
    /// When the host is not there, or asks for patience for too long.
    pub async fn ask(&self, id: &str, line: &str) -> Result<Reply, GaveUp> {
        let (started, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let why = match timeout(self.patience, self.ask_once(id, line)).await {
                Ok(Ok(reply)) => match &reply.error {
                    Some(Refusal { retry: true, code, message }) => format!("{code}: {message}"),
                    _ => return Ok(reply),
                },
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("silent for {} s", self.patience.as_secs()),
            };
            if started.elapsed() >= self.patience {
                return Err(GaveUp { address: self.address.clone(), why });
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn ask_once(&self, id: &str, line: &str) -> io::Result<Reply> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let mut place = self.connections[turn].lock().await;
        let connection = match place.take().filter(Connection::is_open) {
            Some(connection) => connection,
            None => Connection::open(&self.address).await?,
        };
        *place = Some(connection.clone());
        let answer = connection.send(id, line).await?;
        drop(place);
        answer.await.map_err(|_| lost())
    }
}

fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "the connection was lost before the answer came")
}

/// One connection; whoever waits for an answer learns when it breaks.
#[derive(Clone, Debug)]
struct Connection {
    outgoing: mpsc::Sender<String>,
    waiting: Waiting,
}

/// Who waits for which answer; none any more once the connection is broken.
type Waiting = Arc<Mutex<Option<BTreeMap<String, oneshot::Sender<Reply>>>>>;

impl Connection {
    async fn open(address: &str) -> io::Result<Self> {
        let (sender, receiver) = Client::connect(address).await?.split();
        let (outgoing, lines) = mpsc::channel(1_024);
        let waiting: Waiting = Arc::new(Mutex::new(Some(BTreeMap::new())));
        tokio::spawn(write(sender, lines, waiting.clone()));
        tokio::spawn(read(receiver, waiting.clone()));
        Ok(Self { outgoing, waiting })
    }

    fn is_open(&self) -> bool {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    async fn send(&self, id: &str, line: &str) -> io::Result<oneshot::Receiver<Reply>> {
        let (answered, answer) = oneshot::channel();
        match &mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(waiting) => drop(waiting.insert(id.to_owned(), answered)),
            None => return Err(lost()),
        }
        self.outgoing.send(line.to_owned()).await.map_err(|_| lost())?;
        Ok(answer)
    }
}

/// Sends lines, many in one go where many wait.
async fn write(mut sender: Sender, mut lines: mpsc::Receiver<String>, waiting: Waiting) {
    while let Some(line) = lines.recv().await {
        let mut sent = sender.send(&line).await;
        while sent.is_ok()
            && let Ok(line) = lines.try_recv()
        {
            sent = sender.send(&line).await;
        }
        if sent.is_err() || sender.flush().await.is_err() {
            break;
        }
    }
    close(&waiting);
}

/// Hands answers out. One without an id is about the connection, which is then of no more use.
async fn read(mut receiver: Receiver, waiting: Waiting) {
    while let Ok(Some(line)) = receiver.next_reply().await {
        let Ok(reply) = serde_json::from_str::<Reply>(&line) else { break };
        let Some(id) = reply.id.as_str() else { break };
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answered) = waiting.as_mut().and_then(|waiting| waiting.remove(id)) {
            // Who asked may have gone.
            let _ = answered.send(reply);
        }
    }
    close(&waiting);
}

fn close(waiting: &Waiting) {
    *waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
