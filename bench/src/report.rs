//! All that was measured: a table for people, JSON for programs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::machine::Machine;
use crate::sample::{Sample, median};
use crate::verdict::Verdict;

/// The figures by name, in the order in which each name was first measured.
#[derive(Clone, Default)]
pub(crate) struct Figures {
    names: Vec<String>,
    samples: BTreeMap<String, Vec<Sample>>,
    values: BTreeMap<String, (Vec<f64>, &'static str)>,
}

/// One line of the report.
#[derive(Serialize)]
struct Row {
    name: String,
    #[serde(flatten)]
    sample: Option<Sample>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
}

impl Figures {
    /// Takes one more repetition of a loop.
    pub(crate) fn sample(&mut self, name: impl Into<String>, sample: Sample) {
        let name = name.into();
        self.know(&name);
        self.samples.entry(name).or_default().push(sample);
    }

    /// Takes one more repetition of a single value.
    pub(crate) fn value(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        let name = name.into();
        self.know(&name);
        self.values.entry(name).or_insert((Vec::new(), unit)).0.push(value);
    }

    /// Takes a single value in place of what it was.
    #[cfg(feature = "servers")]
    pub(crate) fn set(&mut self, name: impl Into<String>, value: f64, unit: &'static str) {
        let name = name.into();
        self.values.remove(&name);
        self.value(name, value, unit);
    }

    fn know(&mut self, name: &str) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// The median of a loop's repetitions.
    pub(crate) fn median(&self, name: &str) -> Option<Sample> {
        self.samples.get(name).and_then(|of| Sample::median(of))
    }

    /// The median of a loop's rate, or of a single value.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        let value = self.values.get(name).and_then(|(of, _)| median(of.iter().copied()));
        value.or_else(|| self.median(name).map(|sample| sample.per_s))
    }

    fn row(&self, name: &str) -> Row {
        let unit = self.values.get(name).map(|(_, unit)| *unit);
        let value = unit.and_then(|_| self.number(name));
        Row { name: name.to_owned(), sample: self.median(name), value, unit }
    }

    /// The report as JSON.
    pub(crate) fn json(
        &self,
        machine: &Machine,
        options: &impl Serialize,
        verdicts: &[Verdict],
    ) -> serde_json::Value {
        let rows: Vec<Row> = self.names.iter().map(|name| self.row(name)).collect();
        serde_json::json!({ "machine": machine, "options": options, "rows": rows, "targets": verdicts })
    }

    /// Prints the report.
    pub(crate) fn print(&self, machine: &Machine, verdicts: &[Verdict]) {
        println!("{}\n", machine.line());
        println!("{:<52} {:>12} {:>9} {:>9} {:>9}", "", "a second", "p50 ms", "p95 ms", "p99 ms");
        for row in self.names.iter().map(|name| self.row(name)) {
            let ms = |us: u64| format!("{:>9.2}", us as f64 / 1e3);
            match (row.sample, row.value, row.unit) {
                (Some(s), ..) => {
                    let (p50, p95, p99) = (ms(s.p50_us), ms(s.p95_us), ms(s.p99_us));
                    println!("{:<52} {:>12.0} {p50} {p95} {p99}", row.name, s.per_s);
                }
                (None, Some(value), Some("/s")) => println!("{:<52} {value:>12.0}", row.name),
                (None, Some(value), unit) => {
                    println!("{:<52} {value:>12.1} {}", row.name, unit.unwrap_or_default());
                }
                _ => {}
            }
        }
        println!("\n{:<78} {:>9} {:>11}", "", "measured", "target");
        for verdict in verdicts {
            println!("{verdict}");
        }
    }
}
