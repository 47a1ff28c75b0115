//! What was promised, beside what was measured.

use std::fmt;

use serde::Serialize;

/// One target and whether it is met.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    what: String,
    /// The ratio, time or size; nothing where a part of it was not measured.
    measured: Option<f64>,
    /// `>=` or `<=`.
    sense: &'static str,
    target: f64,
    unit: &'static str,
    met: Option<bool>,
}

impl Verdict {
    pub(crate) fn at_least(what: impl Into<String>, measured: Option<f64>, target: f64) -> Self {
        let met = measured.map(|m| m >= target);
        Self { what: what.into(), measured, sense: ">=", target, unit: "x", met }
    }

    pub(crate) fn at_most(
        what: impl Into<String>,
        measured: Option<f64>,
        target: f64,
        unit: &'static str,
    ) -> Self {
        let met = measured.map(|m| m <= target);
        Self { what: what.into(), measured, sense: "<=", target, unit, met }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, sense, target, unit, met } = self;
        let measured = measured.map_or("-".into(), |m| format!("{m:.2} {unit}"));
        let target = format!("{sense} {target:.1} {unit}");
        let met = met.map_or("not measured", |met| if met { "met" } else { "NOT MET" });
        write!(f, "{what:<76} {measured:>11} {target:>11}  {met}")
    }
}
