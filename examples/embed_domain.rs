//! A client with the rules of the domain inside: it decides every command before it sends it, so that a person
//! learns at once what the host would refuse. It uses `tidings-domain` alone: no tokio, no network.
//!
//! It reads commands from standard input, a name and the fields, and writes to standard output the lines that
//! are worth sending; what it says to the person goes to standard error:
//!
//! ```sh
//! echo 'CreatePost {"text": "hello"}' | cargo run --example embed_domain | nc localhost 7401
//! ```
//!
//! A user's id may be given as the only argument. A host takes the lines of one connection side by side, so wait
//! for the answer about a post before you send what refers to it.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use tidings_domain::{
    Actor, Aggregate, Class, Command, CommandError, Context, Encoded, Event, Fact, Limits, Rejection,
    SocialCommand, StreamId, Timestamp, UserId, clip, comment, follow, like, post, view,
};
use uuid::Uuid;

fn main() -> io::Result<ExitCode> {
    let me = match std::env::args().nth(1).map(|id| id.parse()) {
        None => UserId(Uuid::now_v7()),
        Some(Ok(id)) => id,
        Some(Err(_)) => {
            eprintln!(
                "usage: embed_domain [USER ID], commands on standard input, such as CreatePost {{\"text\":\"hello\"}}"
            );
            return Ok(ExitCode::FAILURE);
        }
    };
    let (mut draft, mut refused) = (Draft::default(), 0);
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (name, data) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), "{}"));
        if name.is_empty() {
            continue;
        }
        match draft.consider(name, data, me) {
            Verdict::Send(line) => {
                eprintln!("{name}: fine");
                writeln!(io::stdout(), "{line}")?;
            }
            Verdict::NothingToDo => eprintln!("{name}: nothing to do, it is so already"),
            Verdict::Refused(why) => {
                refused += 1;
                eprintln!("{why}");
            }
        }
    }
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a command would come to.
enum Verdict {
    Send(String),
    NothingToDo,
    Refused(String),
}

/// The histories as far as this client has made them: what it sends it takes for done.
#[derive(Default)]
struct Draft {
    streams: BTreeMap<StreamId, Vec<Encoded>>,
}

impl Draft {
    fn consider(&mut self, name: &str, data: &str, me: UserId) -> Verdict {
        let id = Uuid::now_v7();
        let command = match SocialCommand::parse(name, data, me, id) {
            Ok(command) => command,
            Err(error @ CommandError::Unknown { .. }) => return Verdict::Refused(format!("{name}: {error}")),
            Err(error) => return Verdict::Refused(error.to_string()),
        };
        let decision = match &command {
            SocialCommand::Post(command) => self.decide::<post::Post>(command, me),
            SocialCommand::Comment(command) => self.decide::<comment::Comment>(command, me),
            SocialCommand::Like(command) => self.decide::<like::Like>(command, me),
            SocialCommand::Clip(command) => self.decide::<clip::Clip>(command, me),
            SocialCommand::View(command) => self.decide::<view::View>(command, me),
            SocialCommand::Follow(command) => self.decide::<follow::Follow>(command, me),
        };
        match decision {
            Ok(Some(events)) if events.is_empty() => return Verdict::NothingToDo,
            Ok(Some(events)) => self.streams.entry(command.stream()).or_default().extend(events),
            // It is about something made elsewhere: only the host can tell.
            Ok(None) => {}
            Err(why) => return Verdict::Refused(format!("{name}: {why}")),
        }
        let data = command.to_json();
        Verdict::Send(format!(r#"{{"id":"{id}","command":"{name}","actor":"{me}","data":{data}}}"#))
    }

    /// The events that the host would make of it; none where this client knows too little to tell.
    fn decide<A: Aggregate<Limits = Limits>>(
        &self,
        command: &A::Command,
        me: UserId,
    ) -> Result<Option<Vec<Encoded>>, String> {
        let history = |stream: &StreamId| self.streams.get(stream).map_or(&[][..], Vec::as_slice);
        let mut state = A::default();
        for event in history(&command.stream()) {
            state.evolve(&A::Event::decode(event).map_err(|error| error.to_string())?);
        }
        let mut facts = BTreeMap::new();
        for stream in state.needs(command) {
            let mut fact = A::Fact::default();
            for event in history(&stream) {
                fact.learn(event).map_err(|error| error.to_string())?;
            }
            facts.insert(stream, fact);
        }
        let context =
            Context { actor: Actor::user(me), now: now(), limits: &Limits::default(), facts: &facts };
        match state.decide(command, &context) {
            Ok(events) => Ok(Some(events.iter().map(Event::encode).collect())),
            Err(rejection) if rejection.class() == Class::NotFound => Ok(None),
            Err(rejection) => Err(format!("{rejection} [{}]", rejection.code())),
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
