//! What a run tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use crate::{KINDS, involved};

/// A run in which every promise held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// How many commands got each answer.
    pub answers: BTreeMap<&'static str, u64>,
    /// How many faults of each kind were put in.
    pub faults: BTreeMap<&'static str, u64>,
    /// How many commits the log has.
    pub commits: u64,
    /// How many checks of the oracle were made.
    pub checks: BTreeMap<&'static str, u64>,
    /// How long it took, in virtual time.
    pub took: Duration,
    /// The BLAKE3 hash of its history.
    pub hash: String,
    /// Its history, line by line.
    pub history: String,
}

/// A run in which a promise was broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {seed}: {what}\n{}", self.trace().join("\n"))]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was seen.
    pub what: String,
    /// How long it took to fail, in virtual time.
    pub took: Duration,
    /// Its history, line by line, up to there.
    pub history: String,
    /// What lines of its history contain that tell of the streams that it is about.
    pub(crate) involved: BTreeSet<String>,
    /// The BLAKE3 hash of its history.
    pub hash: String,
}

/// How many lines of its history a failure shows.
const TAIL: usize = 80;

impl Failure {
    /// The last lines of its history that tell of the streams that it is about, and of what befell the processes.
    pub fn trace(&self) -> Vec<&str> {
        let lines = involved::lines(&self.history, &self.involved);
        lines[lines.len().saturating_sub(TAIL)..].to_vec()
    }
}

/// The sums of many reports, as a table.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    runs: u64,
    commits: u64,
    took: Duration,
    answers: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    checks: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// The kinds of faults that were never put in.
    pub fn untried(&self) -> Vec<&'static str> {
        KINDS.iter().copied().filter(|kind| !self.faults.contains_key(kind)).collect()
    }

    /// How many faults were put in.
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Takes a report in.
    pub fn add(&mut self, report: &Report) {
        self.runs += 1;
        self.commits += report.commits;
        self.took += report.took;
        let maps = [
            (&mut self.answers, &report.answers),
            (&mut self.faults, &report.faults),
            (&mut self.checks, &report.checks),
        ];
        for (sums, counts) in maps {
            for (kind, count) in counts {
                *sums.entry(kind).or_default() += count;
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} runs held: {} commits, {:.0?} of virtual time", self.runs, self.commits, self.took)?;
        for (title, counts) in
            [("answers", &self.answers), ("faults", &self.faults), ("checks", &self.checks)]
        {
            writeln!(f, "\n{title}")?;
            for (kind, count) in counts {
                writeln!(f, "  {count:>9} {kind}")?;
            }
        }
        Ok(())
    }
}
