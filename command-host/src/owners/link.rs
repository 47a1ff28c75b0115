//! One connection to another host: lines out, replies in, kept up in the background.
//!
//! Nobody waits for a connection: a link is up, which means that the host behind it has answered a greeting within the
//! last seconds, or it takes no lines.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidings_wire::{Client, Receiver, Sender};
use tidings_world::{Handle, Outage};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::Options;
use super::line::{Greeted, Passed, greeting, number, onward};

/// What the links lead to, and what must be true of it.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) address: String,
    pub(super) host: Uuid,
    /// Of all links to it, each a part.
    outage: Mutex<Outage>,
}

impl Target {
    pub(super) fn new(address: String, host: Uuid) -> Self {
        Self { address, host, outage: Mutex::new(Outage::new(FIRST_PAUSE)) }
    }

    fn outage(&self) -> MutexGuard<'_, Outage> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Link {
    me: Uuid,
    /// Which of the links to its target it is.
    number: u16,
    target: Arc<Target>,
    world: Handle,
    options: Options,
    /// None while it is down.
    up: Mutex<Option<Up>>,
}

/// What is known of a connection that is up.
struct Up {
    lines: mpsc::Sender<String>,
    next: u64,
    /// By number, hence by age.
    waiting: BTreeMap<u64, Waiting>,
    /// What their clock said, and when it was heard here.
    clock: (u64, Instant),
    heard: Instant,
    greeted: Instant,
}

struct Waiting {
    since: Instant,
    reply: oneshot::Sender<String>,
}

const TICK: Duration = Duration::from_millis(100);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl Link {
    pub(super) fn new(me: Uuid, number: u16, target: Arc<Target>, world: Handle, options: Options) -> Self {
        Self { me, number, target, world, options, up: Mutex::default() }
    }

    fn up(&self) -> MutexGuard<'_, Option<Up>> {
        self.up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a command's line where the link is up and fewer than `most` are on their way. What is returned gets the
    /// reply, or nothing where none came in time or the connection broke: then the line may have been carried out.
    pub(super) fn send(&self, command: Uuid, rest: &str, most: usize) -> Option<oneshot::Receiver<String>> {
        let mut up = self.up();
        let up = up.as_mut().filter(|up| up.waiting.len() < most)?;
        let (since, (theirs, heard)) = (Instant::now(), up.clock);
        // Read so that their clock shows it before we stop waiting, and not after.
        let until = theirs + millis(since + self.options.answer - heard);
        let line = onward(up.next, Passed { id: command, until }, rest);
        if line.len() > self.options.line_bytes {
            return None;
        }
        up.lines.try_send(line).ok()?;
        let (reply, answer) = oneshot::channel();
        up.waiting.insert(up.next, Waiting { since, reply });
        up.next += 1;
        Some(answer)
    }

    /// Keeps the connection, for ever.
    pub(super) async fn keep(self: Arc<Self>) {
        let began = Instant::now();
        let Target { address, host, .. } = &*self.target;
        loop {
            let cause = match self.connect().await {
                Ok(client) => {
                    self.works();
                    let cause = self.serve(client).await;
                    *self.up() = None;
                    cause
                }
                Err(cause) => cause,
            };
            // Where a host came back under its address, what its own lease of before names is itself until that ends.
            let was_here =
                cause.kind() == io::ErrorKind::AddrInUse && began.elapsed() < 2 * self.options.lasts;
            if was_here {
                sleep(self.options.beat).await;
                continue;
            }
            let again = self.target.outage().failed(self.number, cause, &*self.world);
            if let Some(cause) = again.say {
                tracing::warn!(%address, %host, %cause, "commands cannot be passed on; carried out here");
            }
            sleep(again.after).await;
        }
    }

    fn works(&self) {
        let Target { address, host, .. } = &*self.target;
        let over = self.target.outage().over(self.number);
        if let Some(after) = over {
            tracing::warn!(%address, %host, "commands are passed on again {after}");
        }
    }

    async fn connect(&self) -> io::Result<(Sender, Receiver, mpsc::Receiver<String>)> {
        let connecting = timeout(self.options.connect, Client::connect(&self.target.address));
        let mut client = connecting.await.map_err(|_| silent(self.options.connect))??;
        let hello = async {
            client.send(&greeting(self.me)).await?;
            client.next_reply().await
        };
        let reply = timeout(self.options.answer, hello).await.map_err(|_| silent(self.options.answer))??;
        let now = Instant::now();
        let clock = (self.check(&reply.ok_or(io::ErrorKind::UnexpectedEof)?)?, now);
        let (lines, out) = mpsc::channel(self.options.in_flight + 1);
        *self.up() = Some(Up { lines, next: 1, waiting: BTreeMap::new(), clock, heard: now, greeted: now });
        let (sender, receiver) = client.split();
        Ok((sender, receiver, out))
    }

    /// Their clock, if it is they.
    fn check(&self, reply: &str) -> io::Result<u64> {
        let wrong = |why: String| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        let Ok(Greeted { host, clock }) = serde_json::from_str(reply) else {
            return wrong(format!("what answers there is no host of this kind: {reply:.200}"));
        };
        if host == self.me {
            let why =
                format!("this host itself answers there ({host}): are all given their own --advertise?");
            return Err(io::Error::new(io::ErrorKind::AddrInUse, why));
        }
        if host != self.target.host {
            return wrong(format!(
                "another host answers there ({host}): are all given their own --advertise?"
            ));
        }
        Ok(clock)
    }

    /// Until the connection fails; why it did.
    async fn serve(
        &self,
        (mut sender, mut receiver, mut lines): (Sender, Receiver, mpsc::Receiver<String>),
    ) -> io::Error {
        let write = async {
            while let Some(line) = lines.recv().await {
                sender.send(&line).await?;
                while let Ok(line) = lines.try_recv() {
                    sender.send(&line).await?;
                }
                sender.flush().await?;
            }
            Ok(())
        };
        let read = async {
            while let Some(reply) = receiver.next_reply().await? {
                self.take(reply)?;
            }
            Err(io::ErrorKind::UnexpectedEof.into())
        };
        let watch = async {
            loop {
                sleep(TICK).await;
                self.works();
                self.watch()?;
            }
        };
        let ended: io::Result<()> = tokio::select! { biased;
            ended = read => ended,
            ended = write => ended,
            ended = watch => ended,
        };
        ended.err().unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())
    }

    fn take(&self, reply: String) -> io::Result<()> {
        let now = Instant::now();
        let mut up = self.up();
        let Some(up) = &mut *up else { return Ok(()) };
        up.heard = now;
        match number(&reply) {
            Some(0) => up.clock = (self.check(&reply)?, now),
            // Who stopped waiting needs no reply.
            Some(number) => drop(up.waiting.remove(&number).map(|waiting| waiting.reply.send(reply))),
            None => tracing::warn!(%reply, "a host's reply has no number"),
        }
        Ok(())
    }

    /// Lets go of what has waited for too long; greets now and then; an error where nothing at all is heard.
    fn watch(&self) -> io::Result<()> {
        let now = Instant::now();
        let mut up = self.up();
        let Some(up) = &mut *up else { return Ok(()) };
        let late = |since: Instant| now - since >= self.options.answer;
        if up.heard < up.greeted && late(up.greeted) {
            return Err(silent(self.options.answer));
        }
        while let Some(first) = up.waiting.first_entry().filter(|first| late(first.get().since)) {
            if up.heard < first.get().since {
                return Err(silent(self.options.answer));
            }
            first.remove();
        }
        if now - up.greeted >= self.options.beat && up.lines.try_send(greeting(self.me)).is_ok() {
            up.greeted = now;
        }
        Ok(())
    }
}

fn silent(time: Duration) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {time:?}"))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
