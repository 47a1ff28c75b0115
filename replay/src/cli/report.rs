//! What the command line says while it works and when it is done: for a person, or as JSON lines.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{IsTerminal, Write, stdout};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use tidings_replay::Progress;

/// The most partitions that have a bar each; more of them share one.
const BARS: u16 = 16;

/// How often a program is told how far a partition is.
const TELL: Duration = Duration::from_millis(200);

/// Speaks to a person or to a program.
pub(crate) struct Report {
    json: bool,
    bars: MultiProgress,
    partitions: Mutex<BTreeMap<(&'static str, u16), Line>>,
}

/// How far one partition is.
struct Line {
    bar: ProgressBar,
    told: Option<Instant>,
}

/// A line on standard output. Who reads no more of it, such as `head`, does not stop the work.
fn put(words: impl Display) {
    let _ = writeln!(stdout(), "{words}");
}

impl Report {
    pub(crate) fn new(json: bool) -> Self {
        let shown = !json && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { json, bars: MultiProgress::with_draw_target(target), partitions: Mutex::default() }
    }

    /// How far long work is: a bar for each partition, or a line now and then.
    pub(crate) fn progress(&self, Progress { work, partition, done, of }: Progress) {
        let mut lines = self.partitions.lock().unwrap_or_else(PoisonError::into_inner);
        let line = lines.entry((work, partition)).or_insert_with(|| Line {
            bar: if partition < BARS { self.bars.add(bar(work, partition)) } else { ProgressBar::hidden() },
            told: None,
        });
        line.bar.set_length(of.max(done));
        line.bar.set_position(done);
        if done >= of {
            line.bar.finish();
        }
        let due = line.told.is_none_or(|told| told.elapsed() >= TELL) || done >= of;
        if self.json && due {
            line.told = Some(Instant::now());
            let progress = json!({ "work": work, "partition": partition, "commits": done, "of": of });
            put(json!({ "progress": progress }));
        }
    }

    /// What came of it: words for a person, an object for a program.
    pub(crate) fn say(&self, words: impl Display, object: impl FnOnce() -> Value) {
        self.clear();
        if self.json {
            put(object());
        } else {
            put(words);
        }
    }

    /// What only a person needs to be told.
    pub(crate) fn add(&self, words: impl Display) {
        self.clear();
        if !self.json {
            put(words);
        }
    }

    pub(crate) fn failed(&self, error: &dyn Display) {
        self.clear();
        if self.json {
            put(json!({ "failed": error.to_string() }));
        }
    }

    /// Says a line on standard error while long work goes on, beside its bars.
    pub(crate) fn teller(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let bars = self.bars.clone();
        move |words| bars.suspend(|| eprintln!("replay: {words}"))
    }

    /// Takes the bars away: what they told is over.
    fn clear(&self) {
        self.partitions.lock().unwrap_or_else(PoisonError::into_inner).clear();
        // A terminal that is gone needs no clearing.
        let _ = self.bars.clear();
    }
}

fn bar(work: &'static str, partition: u16) -> ProgressBar {
    let template = "{msg:>12} {bar:30} {pos}/{len} commits, {per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::no_length().with_style(style).with_message(format!("{work} {partition}"))
}
