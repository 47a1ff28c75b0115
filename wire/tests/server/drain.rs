use std::time::Duration;

use tidings_wire::{Drained, Limits};
use tokio::net::TcpStream;

use crate::support::{Script, Server, until, within};

#[tokio::test]
async fn what_is_in_flight_is_answered_before_the_close() {
    let server = Server::start(Script::gated(), Limits::default()).await;
    let (address, service) = (server.address, server.service.clone());
    let (mut busy, mut idle) = (server.connect().await, server.connect().await);
    busy.send("{\"id\":1,\"act\":\"wait\"}\n{\"id\":2,\"act\":\"wait\"}\n").await;
    idle.assert_alive().await;
    until(|| service.running() == 2).await;
    let stopped = server.stop();
    assert_eq!(idle.rest().await, "");
    assert!(TcpStream::connect(address).await.is_err(), "a connection was accepted while draining");
    busy.send("{\"id\":3,\"act\":\"wait\"}\n").await;
    service.open_gate(3);
    assert_eq!(busy.rest().await.lines().count(), 2);
    drop(busy);
    let drained = within(stopped).await.unwrap();
    assert_eq!(drained, Drained { connections: 2, cut_off_connections: 0, cut_off_requests: 0 });
    assert_eq!(service.first_polls.lock().unwrap().len(), 2, "a line was begun while draining");
}

#[tokio::test]
async fn what_takes_too_long_is_cut_off_and_counted() {
    let limits = Limits { drain_time: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(Script::gated(), limits).await;
    let mut client = server.connect().await;
    client.send("{\"id\":1,\"act\":\"wait\"}\n".repeat(3)).await;
    until(|| server.service.running() == 3).await;
    let drained = within(server.stop()).await.unwrap();
    assert_eq!(drained, Drained { connections: 1, cut_off_connections: 1, cut_off_requests: 3 });
    assert_eq!(client.rest().await, "");
}
