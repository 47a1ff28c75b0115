//! What a server's memory does when clients send too much, or nothing. Alone in its process, to be measured.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use tidings_wire::{Limits, Reply, Request, Service, run};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Nothing;

impl Service for Nothing {
    async fn call(&self, _request: Request) -> Reply {
        std::future::pending().await
    }

    fn help(&self, _topic: Option<&str>) -> String {
        String::new()
    }
}

/// Memory of this process in KiB, from the kernel.
fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn neither_a_line_of_100_mb_nor_a_thousand_idle_connections_take_much_memory() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(run(listener, Arc::new(Nothing), Limits::default(), std::future::pending()));
    let mut client = TcpStream::connect(address).await.unwrap();
    let piece = vec![b'x'; 1 << 20];
    client.write_all(&piece).await.unwrap();

    let (before, mut most) = (resident_kib(), 0);
    for _ in 0..100 {
        client.write_all(&piece).await.unwrap();
        most = most.max(resident_kib());
    }
    assert!(most < before + 4 * 1_024, "from {before} to {most} KiB during a line of 100 MB");
    client.write_all(b"\nping\n").await.unwrap();
    let mut said = [0; 200];
    let mut length = 0;
    while said[..length].iter().filter(|byte| **byte == b'\n').count() < 2 {
        length += client.read(&mut said[length..]).await.unwrap();
    }
    let said = String::from_utf8_lossy(&said[..length]);
    assert!(said.contains("too_large") && said.ends_with("{\"ok\":true,\"pong\":true}\n"), "{said}");

    let before = resident_kib();
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        let mut client = TcpStream::connect(address).await.unwrap();
        client.write_all(b"ping\n").await.unwrap();
        client.read_exact(&mut [0; 24]).await.unwrap();
        idle.push(client);
    }
    let after = resident_kib();
    assert!(after < before + 6 * 1_024, "from {before} to {after} KiB with 1,000 idle connections");
}
