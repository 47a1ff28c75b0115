//! What clients sent and what they were told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use crate::Ledger;
use serde_json::Value;
use uuid::Uuid;

/// How long a reply may take: two seconds are promised, the rest is for a machine that has much else to do.
pub const PROMPT: Duration = Duration::from_secs(5);

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// A command.
    Command,
    /// A query that names the position of its client's last command.
    Query,
}

/// All sendings and replies.
#[derive(Clone, Default)]
pub struct Journal {
    /// The commands that were acknowledged, and where.
    pub ledger: Ledger,
    /// The commands that were sent.
    pub sent: BTreeSet<Uuid>,
    /// The commands that were accepted, to be carried out whatever happens.
    pub accepted: BTreeSet<Uuid>,
    replies: Vec<Reply>,
    /// What should not have been answered.
    wrong: Vec<String>,
}

/// One reply, or that there was none.
#[derive(Clone, Debug)]
struct Reply {
    to: Asked,
    /// `ok`, the code of the error, or `silence`.
    code: String,
    took: Duration,
}

impl Journal {
    /// Notes a reply; whether it settles what was asked.
    pub fn reply(&mut self, to: Asked, line: &str, reply: &Value, took: Duration) -> bool {
        let error = &reply["error"];
        let code = if reply["ok"] == true { "ok" } else { error["code"].as_str().unwrap_or("none") };
        if to == Asked::Command && code == "ok" {
            // A repeat of what was accepted is told where it stands once it is done.
            if reply["accepted"] == true {
                self.accepted.insert(reply["id"].as_str().unwrap().parse().unwrap());
            } else {
                self.ledger.note(reply);
            }
        }
        let may_pass = matches!((to, code), (_, "unavailable" | "overloaded") | (Asked::Query, "not_yet"));
        let again = may_pass && error["retry"] == true;
        if code != "ok" && !again {
            self.wrong.push(format!("{line} was answered {reply}"));
        }
        self.replies.push(Reply { to, code: code.into(), took });
        !again
    }

    /// Notes that there was no reply in time.
    pub fn silence(&mut self, to: Asked, line: &str, forgiven: bool) {
        if !forgiven {
            self.wrong.push(format!("{line} was not answered"));
        }
        self.replies.push(Reply { to, code: "silence".into(), took: PROMPT });
    }

    /// Notes what is wrong with an answer.
    pub fn wrong(&mut self, what: String) {
        self.wrong.push(what);
    }

    /// How many replies there are.
    pub fn replies(&self) -> usize {
        self.replies.len()
    }

    /// How many of the replies from a place on have this code.
    pub fn count(&self, from: usize, to: Asked, code: &str) -> usize {
        self.replies[from..].iter().filter(|reply| reply.to == to && reply.code == code).count()
    }

    /// How many there are of each kind, and the slowest, from a place on.
    pub fn summary(&self, from: usize) -> String {
        let mut kinds: BTreeMap<_, (usize, Duration)> = BTreeMap::new();
        for Reply { to, code, took } in &self.replies[from..] {
            let (count, slowest) = kinds.entry((*to, code.as_str())).or_default();
            (*count, *slowest) = (*count + 1, (*slowest).max(*took));
        }
        kinds.iter().fold(String::new(), |mut text, ((to, code), (count, slowest))| {
            let _ = write!(text, "{to:?} {code} {count} (slowest {} ms); ", slowest.as_millis());
            text
        })
    }

    /// All was answered as it should be, and in time.
    pub fn assert_well(&self) {
        let first: Vec<_> = self.wrong.iter().take(5).collect();
        assert!(first.is_empty(), "{} wrong, such as\n{first:#?}\nof {}", self.wrong.len(), self.summary(0));
    }
}
