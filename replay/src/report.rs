//! What the command line says while it works and when it is done: for a person, or as JSON lines.
#![allow(clippy::print_stdout)] // this is what a command line is for

use std::io::IsTerminal;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use tidings_projections::{Parked, Retried};
use tidings_replay::{Progress, Rebuilt};

/// Speaks to a person or to a program.
pub(crate) struct Report {
    json: bool,
    bar: ProgressBar,
    started: Instant,
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        let shown = !json && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} commits, {per_sec}, {eta} left");
        let bar = ProgressBar::with_draw_target(Some(0), target)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { json, bar, started: Instant::now() }
    }

    pub(crate) fn progress(&self, Progress { commits, of, events }: Progress) {
        if self.json {
            println!("{}", json!({ "progress": { "commits": commits, "of": of, "events": events } }));
        }
        self.bar.set_length(of);
        self.bar.set_position(commits);
    }

    pub(crate) fn rebuilt(&self, Rebuilt { events, parked, numbers }: &Rebuilt) {
        self.bar.finish_and_clear();
        let seconds = self.started.elapsed().as_secs_f64();
        if self.json {
            let done = json!({ "events": events, "parked": parked, "numbers": numbers, "seconds": seconds });
            println!("{}", json!({ "rebuilt": done }));
            return;
        }
        let rate = *events as f64 / seconds.max(0.001);
        println!("rebuilt from {events} events in {seconds:.1} s ({rate:.0} a second), and swapped in");
        if *parked > 0 {
            println!("{parked} events are parked; see: replay parked list");
        }
    }

    pub(crate) fn parked(&self, parked: &[Parked]) {
        for Parked { position, index, stream, event, error, parked_at } in parked {
            if self.json {
                let at = position.to_string();
                println!(
                    "{}",
                    json!({ "at": at, "index": index, "stream": stream, "event": event,
                            "error": error, "parked_at": parked_at })
                );
            } else {
                let why =
                    if error.is_empty() { "waits behind an earlier event of its stream" } else { error };
                println!("{position} {event} of {stream}, since {parked_at}: {why}");
            }
        }
        if parked.is_empty() && !self.json {
            println!("no event is parked");
        }
    }

    pub(crate) fn retried(&self, Retried { applied, parked }: Retried) {
        if self.json {
            println!("{}", json!({ "retried": { "applied": applied, "parked": parked } }));
        } else {
            println!("{applied} events are applied now, {parked} stay parked");
        }
    }

    pub(crate) fn failed(&self, error: &dyn std::fmt::Display) {
        self.bar.finish_and_clear();
        if self.json {
            println!("{}", json!({ "failed": error.to_string() }));
        }
    }
}
