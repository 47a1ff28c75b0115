//! A closed loop: each connection sends the next request when a reply has come.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::line::Requests;
use super::replies::Replies;
use crate::Failure;
use crate::sample::{Latencies, Sample};

/// How a closed loop runs.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) connections: usize,
    /// Requests that each connection has under way. Above 1 replies are taken to come in the order sent, so
    /// single latencies are only about right.
    pub(crate) depth: usize,
    /// What is measured, after a quarter of it that is not.
    pub(crate) time: Duration,
}

struct Client {
    stream: TcpStream,
    replies: Replies,
    sent: VecDeque<Instant>,
    /// What the socket has not taken yet.
    unsent: Vec<u8>,
}

/// Runs one over connections to these hosts in turn, and calls `at_end` while all are still connected. What is
/// answered within the time counts; the rest is left unread.
pub(crate) fn closed(
    hosts: &[SocketAddr],
    plan: Plan,
    requests: &mut impl Requests,
    at_end: impl FnOnce(),
) -> Result<Sample, Failure> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    let mut clients = Vec::with_capacity(plan.connections);
    for (place, address) in (0..plan.connections).zip(hosts.iter().cycle()) {
        clients.push(connect(&poll, *address, place)?);
    }
    let begin = Instant::now() + plan.time / 4;
    let end = begin + plan.time;
    for client in &mut clients {
        client.send(plan.depth, requests, Instant::now())?;
    }
    let (mut latencies, mut room) = (Latencies::new(), vec![0; 64 << 10]);
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        poll_for(&mut poll, &mut events, left)?;
        for event in &events {
            let Some(client) = clients.get_mut(event.token().0) else { continue };
            let (now, mut done) = (Instant::now(), 0);
            if event.is_readable() {
                let Client { stream, replies, sent, .. } = client;
                replies.read(stream, &mut room, |_| {
                    if let Some(sent) = sent.pop_front()
                        && now >= begin
                        && now < end
                    {
                        latencies.record(now - sent);
                    }
                    done += 1;
                    Ok(())
                })?;
            }
            client.send(done, requests, now)?;
        }
    }
    at_end();
    Ok(latencies.sample(plan.time, 1))
}

/// Sends one request and waits for its reply.
pub(crate) fn once(address: SocketAddr, requests: &mut impl Requests) -> Result<(), Failure> {
    let (mut line, mut stream) = (Vec::new(), std::net::TcpStream::connect(address)?);
    requests.write(&mut line);
    stream.write_all(&line)?;
    let (mut replies, mut room, mut answered) = (Replies::default(), [0; 4_096], false);
    while !answered {
        replies.read(&mut stream, &mut room, |_| {
            answered = true;
            Ok(())
        })?;
    }
    Ok(())
}

/// Waits for events; being interrupted is none.
pub(super) fn poll_for(poll: &mut Poll, events: &mut Events, time: Duration) -> Result<(), Failure> {
    match poll.poll(events, Some(time)) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        other => Ok(other?),
    }
}

fn connect(poll: &Poll, address: SocketAddr, place: usize) -> Result<Client, Failure> {
    // It blocks until the host has accepted, so that no handshake is measured.
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    poll.registry().register(&mut stream, Token(place), Interest::READABLE | Interest::WRITABLE)?;
    Ok(Client { stream, replies: Replies::default(), sent: VecDeque::new(), unsent: Vec::new() })
}

impl Client {
    /// Sends so many more requests, in one write.
    fn send(&mut self, count: usize, requests: &mut impl Requests, now: Instant) -> Result<(), Failure> {
        for _ in 0..count {
            requests.write(&mut self.unsent);
            self.sent.push_back(now);
        }
        if self.unsent.is_empty() {
            return Ok(());
        }
        match self.stream.write(&self.unsent) {
            Ok(size) if size == self.unsent.len() => self.unsent.clear(),
            Ok(size) => drop(self.unsent.drain(..size)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
