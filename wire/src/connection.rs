//! One connection: lines in, requests in flight, replies out, all in one task.
//!
//! A turn takes the replies that are ready, starts the lines that are there, writes, then reads, until nothing
//! moves. Reading stops while too much is in flight or unread, so a client is slowed down and nothing grows.

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::alarm::Alarm;
use crate::crowd::Crowd;
use crate::frames::{Frame, Frames};
use crate::words::Line;
use crate::{Code, ErrorReply, Id, Limits, Reply, Request, Service};

/// The most bytes read at once. They are on the stack, so a connection that waits holds none of them.
const CHUNK: usize = 16 << 10;
/// Lines and replies of one turn, before other tasks get theirs.
const TURN: usize = 128;
/// Requests in flight before the first reply has shown how long replies are.
const UNKNOWN: usize = 32;
/// An empty buffer of more bytes than this is given back.
const KEPT: usize = 2_048;
/// How long the last words of the server wait to be read before the connection is closed under them.
pub(crate) const LINGER: Duration = Duration::from_millis(500);

/// Requests that were dropped before their answer.
pub(crate) type CutOff = AtomicUsize;

/// Serves one connection to its end. Requests that were begun are finished, also when the client has gone.
pub(crate) async fn serve<IO, S>(
    io: IO,
    service: &S,
    limits: &Limits,
    (crowd, cut_off): (&Crowd, &CutOff),
    stop: watch::Receiver<bool>,
) where
    IO: AsyncRead + AsyncWrite + Unpin,
    S: Service,
{
    let start = |request| answer(service, request, crowd, limits);
    let help = |topic: Option<&str>| service.help(topic);
    let now = Instant::now();
    let mut connection = Connection {
        io: Some(io),
        limits,
        cut_off,
        start,
        help,
        phase: Phase::Open,
        frames: Frames::new(limits.line_bytes),
        more_lines: false,
        flights: FuturesUnordered::new(),
        flying_bytes: 0,
        reply_bytes: limits.in_flight_bytes / UNKNOWN,
        out: Vec::new(),
        written: 0,
        alive: now,
        inside_since: None,
        stalled_since: None,
        alarm: Alarm::default(),
    };
    let mut stopped = stop.clone();
    let mut stopped = pin!(stopped.wait_for(|stop| *stop));
    let mut draining = false;
    let mut registered: Option<Waker> = None;
    poll_fn(|cx| {
        // All connections share the lock behind the signal, so it is not asked at each turn.
        let known = registered.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        let asleep = known && matches!(stop.has_changed(), Ok(false));
        if !draining && !asleep {
            registered = Some(cx.waker().clone());
            if stopped.as_mut().poll(cx).is_ready() {
                draining = true;
                connection.drain();
            }
        }
        connection.turn(cx)
    })
    .await;
}

/// A request's answer, and the bytes that it held; a panic costs no more than this request.
async fn answer<S: Service>(service: &S, request: Request, crowd: &Crowd, limits: &Limits) -> (usize, Reply) {
    let bytes = request.line().len();
    let Some(_place) = crowd.enter(bytes, limits) else {
        let error = ErrorReply::new(Code::Overloaded, "too many requests at once; send it again later");
        return (bytes, error.reply(request.id()));
    };
    let asked = request.clone();
    let reply = AssertUnwindSafe(async { service.call(request).await }).catch_unwind().await;
    let reply = reply.unwrap_or_else(|_| {
        tracing::error!(line = asked.line(), "a request panicked");
        ErrorReply::new(Code::Unavailable, "the request failed inside the host").reply(asked.id())
    });
    (bytes, reply)
}

enum Phase {
    /// Lines are read and answered.
    Open,
    /// No more lines; what is in flight is answered.
    Finishing { linger: bool },
    /// All is sent.
    Closing { linger: bool },
    /// Closed on this side; what the client still sends is thrown away, so that it can read what it was sent.
    Lingering { until: Instant },
    /// The client has gone; what is in flight is finished for nobody.
    Abandoned,
}

struct Connection<'a, IO, F, G, H>
where
    F: Future<Output = (usize, Reply)>,
{
    io: Option<IO>,
    limits: &'a Limits,
    cut_off: &'a CutOff,
    start: G,
    help: H,
    phase: Phase,
    frames: Frames,
    /// Lines may stand in `frames` that were not yet looked at.
    more_lines: bool,
    flights: FuturesUnordered<F>,
    flying_bytes: usize,
    /// How long a reply is expected to be: as the longest of late.
    reply_bytes: usize,
    out: Vec<u8>,
    written: usize,
    /// When a line last came, a reply was ready, or the client took some of it.
    alive: Instant,
    /// Since when a line has begun and not ended.
    inside_since: Option<Instant>,
    /// Since when the client has taken nothing of what waits for it.
    stalled_since: Option<Instant>,
    alarm: Alarm,
}

impl<IO, F, G, H> Connection<'_, IO, F, G, H>
where
    IO: AsyncRead + AsyncWrite + Unpin,
    F: Future<Output = (usize, Reply)>,
    G: Fn(Request) -> F,
    H: Fn(Option<&str>) -> String,
{
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        let mut budget = TURN;
        loop {
            let moved = match self.phase {
                Phase::Open | Phase::Finishing { .. } => {
                    let busy = self.collect(cx, now, &mut budget) | self.start_lines(now, &mut budget);
                    // Replies gather for one write as long as there are more.
                    if busy && budget > 0 { true } else { self.exchange(cx, now) || busy }
                }
                Phase::Closing { linger } => match self.close(cx) {
                    Poll::Ready(()) if linger => {
                        self.phase = Phase::Lingering { until: now + LINGER };
                        true
                    }
                    Poll::Ready(()) => return Poll::Ready(()),
                    Poll::Pending => false,
                },
                Phase::Lingering { .. } => match self.skip(cx) {
                    Poll::Ready(true) => true,
                    Poll::Ready(false) => return Poll::Ready(()),
                    Poll::Pending => false,
                },
                Phase::Abandoned => {
                    let moved = self.collect(cx, now, &mut budget);
                    if self.flights.is_empty() {
                        return Poll::Ready(());
                    }
                    moved
                }
            };
            budget = budget.saturating_sub(1);
            if budget == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !moved && !self.expired(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Takes the replies that are ready.
    fn collect(&mut self, cx: &mut Context<'_>, now: Instant, budget: &mut usize) -> bool {
        let before = *budget;
        while *budget > 0
            && let Poll::Ready(Some((bytes, reply))) = Pin::new(&mut self.flights).poll_next(cx)
        {
            *budget -= 1;
            self.flying_bytes -= bytes;
            self.reply_bytes = reply.size().max(self.reply_bytes - self.reply_bytes / 8);
            self.alive = now;
            self.put(&reply.fitting(self.limits));
        }
        *budget < before
    }

    /// Starts the lines that are there, as far as there is room.
    fn start_lines(&mut self, now: Instant, budget: &mut usize) -> bool {
        let before = *budget;
        while self.more_lines && self.has_room() && *budget > 0 {
            let Some(frame) = self.frames.next() else {
                self.more_lines = false;
                break;
            };
            *budget -= 1;
            self.alive = now;
            let spoken = match frame {
                Frame::TooLong => Err(too_long(self.limits)),
                Frame::Line(line) => match Line::of(line) {
                    Line::Object(text) => {
                        self.flying_bytes += text.len();
                        self.flights.push((self.start)(Request::new(text)));
                        Ok(None)
                    }
                    Line::Blank => Ok(None),
                    Line::Ping => Ok(Some(r#"{"ok":true,"pong":true}"#.into())),
                    Line::Help(topic) => Ok(Some((self.help)(topic))),
                    Line::Http => {
                        self.phase = Phase::Finishing { linger: true };
                        self.more_lines = false;
                        Err(malformed("this is no web server; type help"))
                    }
                    Line::Unknown => {
                        Err(malformed("a line is a JSON object, or one of the words help and ping"))
                    }
                    Line::NotText(at) => {
                        Err(malformed(format!("the line is not UTF-8 from byte {} on", at + 1)))
                    }
                },
            };
            if !self.frames.discarding() {
                self.inside_since = None;
            }
            match spoken {
                Ok(None) => {}
                Ok(Some(text)) => self.put_text(&text),
                Err(error) => self.put(&error.reply(Id::NONE)),
            }
        }
        // A line that waits for room is not late.
        self.inside_since = match self.inside_since {
            since if !self.more_lines && self.frames.inside_line() => since.or(Some(now)),
            _ => None,
        };
        *budget < before
    }

    fn has_room(&self) -> bool {
        let (flying, unread) = (self.flights.len(), self.out.len() - self.written);
        let room = || {
            flying < self.limits.in_flight
                && self.flying_bytes < self.limits.in_flight_bytes
                && unread + flying * self.reply_bytes < self.limits.in_flight_bytes
        };
        unread < self.limits.unread_bytes && (flying == 0 || room())
    }

    fn put(&mut self, reply: &Reply) {
        if self.io.is_some() {
            self.out.extend_from_slice(reply.bytes());
            self.out.push(b'\n');
        }
    }

    fn put_text(&mut self, text: &str) {
        self.out.extend_from_slice(text.trim_end().as_bytes());
        self.out.push(b'\n');
    }

    fn exchange(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let wrote = self.write(cx, now);
        let read = self.read(cx);
        self.finish() || wrote || read
    }

    fn write(&mut self, cx: &mut Context<'_>, now: Instant) -> bool {
        let before = self.written;
        while self.written < self.out.len() {
            let Some(io) = self.io.as_mut() else { return false };
            match Pin::new(io).poll_write(cx, &self.out[self.written..]) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.written += count;
                    self.alive = now;
                    self.stalled_since = None;
                }
                Poll::Ready(_) => return self.abandon(),
                Poll::Pending => {
                    self.stalled_since = self.stalled_since.or(Some(now));
                    let moved = self.written > before;
                    self.out.drain(..self.written);
                    self.written = 0;
                    return moved;
                }
            }
        }
        let moved = self.written > before;
        self.out.clear();
        self.written = 0;
        if self.out.capacity() > KEPT {
            self.out = Vec::new();
        }
        moved
    }

    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let (Phase::Open, false, true) = (&self.phase, self.more_lines, self.has_room()) else {
            return false;
        };
        let Some(io) = self.io.as_mut() else { return false };
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        match Pin::new(io).poll_read(cx, &mut chunk) {
            Poll::Ready(Ok(())) if chunk.filled().is_empty() => {
                if self.frames.inside_line() && !self.frames.discarding() {
                    self.put(&malformed("the connection ended inside a line").reply(Id::NONE));
                }
                self.phase = Phase::Finishing { linger: false };
                true
            }
            Poll::Ready(Ok(())) => {
                self.frames.push(chunk.filled());
                self.more_lines = true;
                true
            }
            Poll::Ready(Err(_)) => self.abandon(),
            Poll::Pending => false,
        }
    }

    /// Whether what was to be finished is.
    fn finish(&mut self) -> bool {
        match self.phase {
            Phase::Finishing { linger } if self.flights.is_empty() && self.out.is_empty() => {
                self.phase = Phase::Closing { linger };
                true
            }
            _ => false,
        }
    }

    fn close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.io.as_mut().map_or(Poll::Ready(()), |io| Pin::new(io).poll_shutdown(cx).map(drop))
    }

    /// Reads for nobody: ready with whether there may be more.
    fn skip(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let Some(io) = self.io.as_mut() else { return Poll::Ready(false) };
        let mut chunk = [MaybeUninit::uninit(); CHUNK];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        let read = Pin::new(io).poll_read(cx, &mut chunk);
        read.map(|read| read.is_ok() && !chunk.filled().is_empty())
    }

    /// The client has gone, or is as good as gone.
    fn abandon(&mut self) -> bool {
        self.io = None;
        (self.frames, self.out, self.written) = (Frames::new(0), Vec::new(), 0);
        (self.inside_since, self.stalled_since) = (None, None);
        self.phase = Phase::Abandoned;
        true
    }

    /// The server stops: no line more is started.
    fn drain(&mut self) {
        if let Phase::Open = self.phase {
            // Last words that the client may not have read yet need a while; silence does not.
            let linger = !self.flights.is_empty() || !self.out.is_empty() || self.frames.inside_line();
            self.phase = Phase::Finishing { linger };
            self.more_lines = false;
        }
    }

    /// The next moment at which patience ends.
    fn deadline(&self) -> Option<Instant> {
        let patience = match self.phase {
            Phase::Lingering { until } => Some(until),
            Phase::Open if self.inside_since.is_some() => {
                self.inside_since.map(|since| since + self.limits.line_time)
            }
            Phase::Open if self.flights.is_empty() && self.out.is_empty() => {
                Some(self.alive + self.limits.idle)
            }
            _ => None,
        };
        let stalled = self.stalled_since.map(|since| since + self.limits.write_time);
        [patience, stalled].into_iter().flatten().min()
    }

    /// Whether patience has ended, and with it what was waited for.
    fn expired(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = self.deadline() else { return false };
        if self.alarm.poll(cx, deadline).is_pending() {
            return false;
        }
        let stalled = self.stalled_since.is_some_and(|since| since + self.limits.write_time <= deadline);
        match self.phase {
            Phase::Lingering { .. } => self.abandon(),
            _ if stalled => {
                tracing::debug!("closed: the client reads nothing");
                self.abandon()
            }
            _ if self.inside_since.is_some() => {
                let seconds = self.limits.line_time.as_secs();
                self.put(&malformed(format!("the line had no end within {seconds} s")).reply(Id::NONE));
                self.inside_since = None;
                self.phase = Phase::Finishing { linger: true };
                true
            }
            _ => {
                self.phase = Phase::Finishing { linger: false };
                true
            }
        }
    }
}

impl<IO, F, G, H> Drop for Connection<'_, IO, F, G, H>
where
    F: Future<Output = (usize, Reply)>,
{
    fn drop(&mut self) {
        self.cut_off.fetch_add(self.flights.len(), Ordering::Relaxed);
    }
}

fn malformed(message: impl Into<String>) -> ErrorReply {
    ErrorReply::new(Code::Malformed, message)
}

fn too_long(limits: &Limits) -> ErrorReply {
    ErrorReply::new(Code::TooLarge, format!("a line has at most {} bytes", limits.line_bytes))
}

#[cfg(test)]
#[path = "connection_tests.rs"]
mod tests;
