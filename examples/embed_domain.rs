//! A client that checks commands with the server's own rules before it sends them. No tokio, no server code.
//!
//! ```text
//! cargo run --example embed_domain                    shows the lines that it would send
//! cargo run --example embed_domain -- 127.0.0.1:7401  sends them to a command host, and shows the replies
//! ```
//!
//! The domain is pure: it has no clock, no network and no randomness, so a phone, a browser or a command line
//! can run it. What a client cannot know (is the other post still there? am I a moderator?) the server
//! decides; all else is told to the user at once, in the same words and with the same codes.
#![expect(clippy::print_stdout, reason = "a program prints")]

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use tidings_domain::post::{self, Post};
use tidings_domain::{
    Actor, Aggregate, Command, Context, Facts, Limits, PostId, Rejection, SocialCommand, Timestamp, UserId,
};
use uuid::Uuid;

fn main() -> Result<(), Box<dyn Error>> {
    let mut server = Server::new(std::env::args().nth(1))?;
    let me = UserId(Uuid::now_v7());
    let mut editor = Editor { post: PostId(Uuid::now_v7()), actor: Actor::user(me), state: Post::default() };
    let post = editor.post;

    println!("# A text that is too long never leaves this program.");
    let text = "Tidings! ".repeat(300);
    editor.give(&mut server, &post::Command::CreatePost { post, text })?;

    println!("\n# A good one does. Blanks around it are trimmed by the same code here and there.");
    editor.give(&mut server, &post::Command::CreatePost { post, text: "  Hello, world\n".into() })?;

    println!("\n# An edit that changes nothing needs no round trip.");
    editor.give(&mut server, &post::Command::EditPost { post, text: "Hello, world".into() })?;

    println!("\n# An edit that changes something does.");
    editor.give(&mut server, &post::Command::EditPost { post, text: "Hello, whole world".into() })?;

    println!("\n# Somebody else's hand is noticed before the server says so.");
    let mut stranger = Editor { actor: Actor::user(UserId(Uuid::now_v7())), ..editor.clone() };
    stranger.give(&mut server, &post::Command::DeletePost { post })?;

    println!("\n# What a person types as JSON is checked field by field.");
    for (name, data) in
        [("CreatPost", "{}"), ("CreatePost", r#"{"txet":"hi"}"#), ("CreatePost", r#"{"text":7}"#)]
    {
        match SocialCommand::parse(name, data, me, Uuid::now_v7()) {
            Ok(command) => println!("fine:     {command:?}"),
            Err(error) => println!("not sent: {error}"),
        }
    }
    Ok(())
}

/// One post as this client sees it: the same aggregate, folded from the same events, as the server's.
#[derive(Clone)]
struct Editor {
    post: PostId,
    actor: Actor,
    state: Post,
}

impl Editor {
    /// Decides as the server will, and sends only what the server will take and what changes something.
    fn give(&mut self, server: &mut Server, command: &post::Command) -> Result<(), Box<dyn Error>> {
        // All that `decide` may know comes in as values; a post needs no facts about other streams.
        let (limits, facts) = (Limits::default(), Facts::new());
        let context = Context { actor: self.actor, now: now(), limits: &limits, facts: &facts };
        match self.state.decide(command, &context) {
            Err(rejection) => println!("not sent: {} ({})", rejection, rejection.code()),
            Ok(events) if events.is_empty() => println!("not sent: it would change nothing"),
            Ok(events) => {
                if server.send(self.actor.id, &command.clone().into())? {
                    events.iter().for_each(|event| self.state.evolve(event));
                }
            }
        }
        Ok(())
    }
}

/// A connection to a command host; without an address it only shows what it would send.
struct Server(Option<BufReader<TcpStream>>);

impl Server {
    fn new(address: Option<String>) -> Result<Self, Box<dyn Error>> {
        Ok(Self(address.map(TcpStream::connect).transpose()?.map(BufReader::new)))
    }

    /// Sends one line and reads one; tells whether the command was carried out.
    fn send(&mut self, actor: UserId, command: &SocialCommand) -> Result<bool, Box<dyn Error>> {
        // The id makes a repeat after a lost reply safe: the command happens once.
        let (id, name, data) = (Uuid::now_v7(), command.name(), command.to_json());
        let line = format!(r#"{{"id":"{id}","command":"{name}","actor":"{actor}","data":{data}}}"#);
        println!("→ {line}");
        let Some(connection) = &mut self.0 else { return Ok(true) };
        writeln!(connection.get_mut(), "{line}")?;
        let mut reply = String::new();
        connection.read_line(&mut reply)?;
        println!("← {}", reply.trim_end());
        Ok(serde_json::from_str::<serde_json::Value>(&reply)?["ok"] == true)
    }
}

/// The clock is the program's business, not the domain's; so are ids.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
