//! Time-outs and bounds, under paused time and without sockets.

use std::sync::atomic::AtomicUsize;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::*;

/// Answers after the time that a line names, with as many bytes as it names.
#[derive(Default)]
struct Slow {
    begun: AtomicUsize,
    finished: AtomicUsize,
}

impl Service for Slow {
    async fn call(&self, request: Request) -> Reply {
        self.begun.fetch_add(1, Ordering::Relaxed);
        let line: serde_json::Value = match request.parse() {
            Ok(line) => line,
            Err(reply) => return reply,
        };
        sleep(Duration::from_secs(line["seconds"].as_u64().unwrap_or(0))).await;
        self.finished.fetch_add(1, Ordering::Relaxed);
        let size = usize::try_from(line["size"].as_u64().unwrap_or(0)).unwrap();
        Reply::ok(request.id(), &json!({ "data": "x".repeat(size) }))
    }

    fn help(&self, _topic: Option<&str>) -> String {
        String::new()
    }
}

struct Setup {
    client: DuplexStream,
    service: std::sync::Arc<Slow>,
    ended: JoinHandle<Instant>,
    begun: Instant,
    _stop: watch::Sender<bool>,
}

impl Setup {
    fn start() -> Self {
        let (client, server) = duplex(1_024);
        let (stop, stopping) = watch::channel(false);
        let service = std::sync::Arc::new(Slow::default());
        let serving = service.clone();
        let ended = tokio::spawn(async move {
            serve(server, &*serving, &Limits::default(), (&Crowd::default(), &CutOff::new(0)), stopping)
                .await;
            Instant::now()
        });
        Self { client, service, ended, begun: Instant::now(), _stop: stop }
    }

    /// After how many seconds the connection ended.
    async fn seconds(self) -> u64 {
        (self.ended.await.unwrap() - self.begun).as_secs()
    }
}

#[tokio::test(start_paused = true)]
async fn silence_ends_the_connection_after_five_minutes() {
    let mut setup = Setup::start();
    let mut said = String::new();
    setup.client.read_to_string(&mut said).await.unwrap();
    assert_eq!((said.as_str(), setup.seconds().await), ("", 300));
}

#[tokio::test(start_paused = true)]
async fn a_line_puts_the_end_off_and_so_does_a_request_in_flight() {
    let mut setup = Setup::start();
    sleep(Duration::from_secs(200)).await;
    setup.client.write_all(b"{\"seconds\":1000}\n").await.unwrap();
    let mut said = String::new();
    setup.client.read_to_string(&mut said).await.unwrap();
    assert_eq!(said, "{\"ok\":true,\"data\":\"\"}\n");
    assert_eq!(setup.seconds().await, 200 + 1_000 + 300);
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_no_life_beyond_a_minute() {
    let mut setup = Setup::start();
    while setup.client.write_all(b"x").await.is_ok() && setup.begun.elapsed() < Duration::from_secs(59) {
        sleep(Duration::from_secs(1)).await;
    }
    let mut said = String::new();
    setup.client.read_to_string(&mut said).await.unwrap();
    assert!(said.contains("\"malformed\"") && said.contains("no end within 60 s"), "{said}");
    drop(std::mem::replace(&mut setup.client, duplex(1).0));
    assert_eq!(setup.seconds().await, 60);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_closed_after_half_a_minute_and_its_requests_are_finished() {
    let mut setup = Setup::start();
    setup.client.write_all(b"{\"seconds\":100}\n{\"size\":5000}\n").await.unwrap();
    sleep(Duration::from_secs(31)).await;
    assert!(setup.client.write_all(b"ping\n").await.is_err(), "still open");
    let service = setup.service.clone();
    assert_eq!(setup.seconds().await, 100);
    assert_eq!(service.finished.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_a_little_is_not_closed() {
    let mut setup = Setup::start();
    setup.client.write_all(b"{\"size\":30000}\n").await.unwrap();
    let (mut taken, mut some) = (0, [0; 1_000]);
    while taken < 30_000 {
        sleep(Duration::from_secs(20)).await;
        taken += setup.client.read(&mut some).await.unwrap();
    }
    assert!(!setup.ended.is_finished());
}

#[tokio::test(start_paused = true)]
async fn unread_replies_stop_the_reading_of_lines() {
    let setup = Setup::start();
    let (service, mut client) = (setup.service.clone(), setup.client);
    tokio::spawn(async move { while client.write_all(b"{\"size\":10000}\n").await.is_ok() {} });
    // Paused time goes on only when nothing moves any more.
    sleep(Duration::from_secs(1)).await;
    let begun = service.begun.load(Ordering::Relaxed);
    // 64 KiB of replies are 7; beside them no more is begun than may be in flight.
    assert!((7..=7 + 128).contains(&begun), "{begun} requests were begun for a client that reads nothing");
}
