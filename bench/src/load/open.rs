//! An open loop: requests are sent at a fixed rate, whether replies come or not, and a latency counts from the
//! time at which its request was to be sent. So a host that stalls is charged for all who would have waited.

use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use super::closed::poll_for;
use super::line::{Commands, Requests, number};
use super::replies::Replies;
use crate::Failure;
use crate::sample::{Latencies, Sample};

/// How long replies are waited for after the last request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends `rate` commands a second over so many connections in turn. The first fifth is not counted.
pub(crate) fn open(
    address: SocketAddr,
    connections: usize,
    rate: f64,
    time: Duration,
    commands: Commands,
) -> Result<Sample, Failure> {
    let (mut poll, mut events) = (Poll::new()?, Events::with_capacity(1_024));
    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for place in 0..connections {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        writers.push(stream.try_clone()?);
        let mut reader = mio::net::TcpStream::from_std(stream);
        poll.registry().register(&mut reader, Token(place), Interest::READABLE)?;
        readers.push((reader, Replies::default()));
    }
    // One at least, however short the time.
    let total = ((rate * time.as_secs_f64() * 1.25) as u64).max(1);
    let first = total / 5;
    let schedule = Schedule { start: Instant::now() + Duration::from_millis(5), rate };
    let sender = thread::spawn(move || send(&writers, schedule, total, commands));
    let (mut latencies, mut room, mut answered) = (Latencies::new(), vec![0; 64 << 10], 0);
    let end = schedule.due(total) + PATIENCE;
    while answered < total {
        let Some(left) = end.checked_duration_since(Instant::now()) else {
            return Err(format!("{} of {total} commands were never answered", total - answered).into());
        };
        poll_for(&mut poll, &mut events, left)?;
        for event in &events {
            let Some((stream, replies)) = readers.get_mut(event.token().0) else { continue };
            let now = Instant::now();
            replies.read(stream, &mut room, |reply| {
                let number = number(reply).ok_or("a reply bears no id of ours")?;
                if number >= first {
                    latencies.record(now.saturating_duration_since(schedule.due(number)));
                }
                answered += 1;
                Ok(())
            })?;
        }
    }
    sender.join().map_err(|_| "the sending thread failed")??;
    Ok(latencies.sample(Duration::from_secs_f64((total - first) as f64 / rate), 1))
}

/// When each request is to be sent.
#[derive(Clone, Copy)]
struct Schedule {
    start: Instant,
    rate: f64,
}

impl Schedule {
    fn due(&self, number: u64) -> Instant {
        self.start + Duration::from_secs_f64(number as f64 / self.rate)
    }
}

fn send(to: &[TcpStream], schedule: Schedule, total: u64, mut commands: Commands) -> Result<(), Failure> {
    let mut line = Vec::new();
    for (number, mut stream) in (0..total).zip(to.iter().cycle()) {
        if let Some(early) = schedule.due(number).checked_duration_since(Instant::now()) {
            // Wakes up to a tenth of a millisecond late; that is charged to the host.
            thread::sleep(early);
        }
        line.clear();
        commands.write(&mut line);
        let mut unsent = &line[..];
        while !unsent.is_empty() {
            match stream.write(unsent) {
                Ok(size) => unsent = &unsent[size..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
