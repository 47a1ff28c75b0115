//! What came of a command, and what was expected.

use std::fmt::{Debug, Write};

use crate::{Aggregate, Class, Rejection};

/// What an aggregate decided.
#[derive(Debug)]
#[must_use = "say what should come of it: then, then_nothing or then_rejected"]
pub struct Outcome<A: Aggregate> {
    pub(super) history: Vec<A::Event>,
    pub(super) command: A::Command,
    pub(super) decision: Result<Vec<A::Event>, A::Rejection>,
    pub(super) after: A,
}

impl<A: Aggregate> Outcome<A> {
    /// These events, in this order; gives the state that they make.
    ///
    /// # Panics
    /// When it decided otherwise; the message shows expected and got, line by line.
    #[track_caller]
    pub fn then(self, expected: impl IntoIterator<Item = A::Event>) -> A {
        let expected: Vec<A::Event> = expected.into_iter().collect();
        match &self.decision {
            Ok(events) if *events == expected => self.after,
            _ => panic!("{}", self.report(&lines(&expected))),
        }
    }

    /// The events, for a closer look.
    ///
    /// # Panics
    /// When it was rejected.
    #[track_caller]
    pub fn events(&self) -> &[A::Event] {
        match &self.decision {
            Ok(events) => events,
            Err(_) => panic!("{}", self.report(&["events".into()])),
        }
    }

    /// No event: the command changes nothing.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then_nothing(self) -> A {
        self.then([])
    }

    /// A rejection with this code; gives the rejection.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then_rejected(self, code: &str) -> A::Rejection {
        match self.decision {
            Err(rejection) if rejection.code() == code => rejection,
            _ => panic!("{}", self.report(&[format!("rejected: {code}")])),
        }
    }

    /// A rejection with this code and of this class; gives the rejection.
    ///
    /// # Panics
    /// When it decided otherwise.
    #[track_caller]
    pub fn then_rejected_as(self, class: Class, code: &str) -> A::Rejection {
        match self.decision {
            Err(rejection) if rejection.code() == code && rejection.class() == class => rejection,
            _ => panic!("{}", self.report(&[format!("rejected: {code} ({class:?})")])),
        }
    }

    /// Expected against got, the lines that differ marked.
    fn report(&self, expected: &[String]) -> String {
        let got = match &self.decision {
            Ok(events) => lines(events),
            Err(rejection) => {
                vec![format!("rejected: {} ({:?}): {rejection}", rejection.code(), rejection.class())]
            }
        };
        let mut report = String::from("the aggregate decided otherwise\n");
        list(&mut report, "given", &lines(&self.history), |_| false);
        list(&mut report, "when", &[format!("{:?}", self.command)], |_| false);
        list(&mut report, "expected", expected, |n| got.get(n) != expected.get(n));
        list(&mut report, "got", &got, |n| got.get(n) != expected.get(n));
        report
    }
}

fn lines(items: &[impl Debug]) -> Vec<String> {
    items.iter().map(|item| format!("{item:?}")).collect()
}

fn list(report: &mut String, title: &str, lines: &[String], marked: impl Fn(usize) -> bool) {
    // Writing to a String cannot fail.
    let _ = writeln!(report, "{title}:");
    if lines.is_empty() {
        let _ = writeln!(report, "    (nothing)");
    }
    for (n, line) in lines.iter().enumerate() {
        let _ = writeln!(report, "  {} {line}", if marked(n) { '>' } else { ' ' });
    }
}
