//! One client: a life of its own on the network, one request after the other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::{LIMIT, Rand};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use super::journal::{Asked, PROMPT};
use super::load::Shared;

/// Between two commands, and before one is sent again.
const THINKS: Duration = Duration::from_millis(4);
const PAUSE: Duration = Duration::from_millis(50);

pub struct Client {
    shared: Arc<Shared>,
    chance: Rand,
    user: Uuid,
    /// Its own posts with their texts; nobody else changes them.
    posts: Vec<(Uuid, String)>,
    commands: Wire,
    queries: Wire,
}

/// A command as a line, with what it makes true.
struct Command {
    id: Uuid,
    line: String,
    /// The post, and what it says from then on.
    post: Option<(Uuid, String)>,
    /// What others may like and comment on from then on.
    target: Option<String>,
}

impl Client {
    pub fn new(shared: Arc<Shared>, place: usize, chance: Rand) -> Self {
        let wire = || Wire { to: None, place };
        let (commands, queries) = (wire(), wire());
        Self { shared, chance, user: Uuid::now_v7(), posts: Vec::new(), commands, queries }
    }

    /// Until the load ends; then its last command is settled all the same.
    pub async fn run(mut self) {
        while !self.shared.ending.load(Ordering::Relaxed) {
            let _busy = self.shared.go().await;
            let command = self.next();
            let Some(reply) = self.carry_out(&command).await else { return };
            if let Some(target) = command.target {
                self.shared.targets.lock().unwrap().push(target);
            }
            if let Some((post, text)) = command.post {
                self.posts.retain(|(known, _)| *known != post);
                if self.chance.below(3) == 0 {
                    self.look(post, &text, &reply).await;
                }
                self.posts.push((post, text));
            }
            sleep(THINKS).await;
        }
    }

    fn next(&mut self) -> Command {
        let (id, number) = (Uuid::now_v7(), self.chance.below(1_000_000));
        let target = self.shared.a_target(&mut self.chance);
        let (name, data, post, target) = match (self.chance.below(10), target) {
            (1, _) if !self.posts.is_empty() => {
                let (post, text) = (self.chance.one_of(&self.posts).0, format!("edited {number}"));
                ("EditPost", json!({ "post": post, "text": text }), Some((post, text)), None)
            }
            (2 | 3, Some(target)) => ("Like", json!({ "target": target }), None, None),
            (4, Some(target)) => ("Unlike", json!({ "target": target }), None, None),
            (5 | 6, Some(target)) => {
                ("AddComment", json!({ "target": target, "text": format!("comment {number}") }), None, None)
            }
            (7 | 8, _) => ("Follow", json!({ "user": Uuid::now_v7() }), None, None),
            _ => {
                let text = format!("post {number}");
                ("CreatePost", json!({ "text": text }), Some((id, text)), Some(format!("post-{id}")))
            }
        };
        let mut line = json!({ "id": id, "command": name, "actor": self.user, "data": data });
        if name == "Follow" && self.shared.promises() && number % 2 == 0 {
            line["wait"] = json!(false);
        }
        Command { id, line: line.to_string(), post, target }
    }

    /// Sends a command under the same id until it is settled; none where that does not come.
    async fn carry_out(&mut self, command: &Command) -> Option<Value> {
        self.shared.journal().sent.insert(command.id);
        let end = Instant::now() + LIMIT;
        while Instant::now() < end {
            let hosts = self.shared.hosts.lock().unwrap().clone();
            let hung = self.shared.is_hanging();
            let answer = self.commands.ask(&hosts, &command.line).await;
            if let Some((reply, true)) = self.note(Asked::Command, &command.line, answer, hung) {
                return Some(reply);
            }
            sleep(PAUSE).await;
        }
        self.shared.journal().wrong(format!("in {LIMIT:?} nobody carried out {}", command.line));
        None
    }

    /// What it wrote is what it reads, or it is told that it cannot yet.
    async fn look(&mut self, post: Uuid, text: &str, reply: &Value) {
        let after = reply["at"].as_str().into_iter().collect::<Vec<_>>();
        let line =
            json!({ "id": 1, "query": "PostById", "data": { "post": post }, "after": after }).to_string();
        let hosts = [self.shared.queries];
        let hung = self.shared.is_hanging();
        let answer = self.queries.ask(&hosts, &line).await;
        let Some((reply, _)) = self.note(Asked::Query, &line, answer, hung) else { return };
        if reply["ok"] == true && reply["data"]["text"] != text {
            self.shared.journal().wrong(format!("{text:?} was written, but {line} was answered {reply}"));
        }
    }

    /// The reply, and whether it settles what was asked; `hung` is whether a host was hanging then.
    fn note(&self, to: Asked, line: &str, answer: Answer, hung: bool) -> Option<(Value, bool)> {
        let mut journal = self.shared.journal();
        match answer {
            Answer::Reply(reply, took) => {
                let settled = journal.reply(to, line, &reply, took);
                Some((reply, settled))
            }
            Answer::Silence => {
                journal.silence(to, line, hung || self.shared.is_hanging());
                None
            }
            Answer::Lost => None,
        }
    }
}

/// What came of sending a line once.
enum Answer {
    Reply(Value, Duration),
    /// Nothing in time.
    Silence,
    /// There was no connection, or it broke.
    Lost,
}

/// A connection to one of some hosts; to the next where it breaks.
struct Wire {
    to: Option<(SocketAddr, tidings_wire::Client)>,
    place: usize,
}

impl Wire {
    async fn ask(&mut self, hosts: &[SocketAddr], line: &str) -> Answer {
        let begun = Instant::now();
        match timeout(PROMPT, self.call(hosts, line)).await {
            Ok(Ok(reply)) => return Answer::Reply(reply, begun.elapsed()),
            Ok(Err(_)) => self.to = None,
            Err(_) => {
                self.to = None;
                return Answer::Silence;
            }
        }
        Answer::Lost
    }

    async fn call(&mut self, hosts: &[SocketAddr], line: &str) -> io::Result<Value> {
        // A host that was taken out of use is left.
        self.to.take_if(|(host, _)| !hosts.contains(host));
        let (_, client) = match &mut self.to {
            Some(to) => to,
            none => {
                self.place += 1;
                let host = hosts[self.place % hosts.len()];
                none.insert((host, tidings_wire::Client::connect(host).await?))
            }
        };
        client.call(line).await
    }
}
