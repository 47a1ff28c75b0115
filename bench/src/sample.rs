//! What one loop measured, and the median of several.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

/// How often a second, and how long each took.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sample {
    /// How often a second.
    pub(crate) per_s: f64,
    /// Half of them took at most so many microseconds.
    pub(crate) p50_us: u64,
    /// 95 in 100.
    pub(crate) p95_us: u64,
    /// 99 in 100.
    pub(crate) p99_us: u64,
}

/// Latencies in microseconds, to three digits, up to a minute.
#[derive(Clone)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    pub(crate) fn new() -> Self {
        let made = Histogram::new_with_bounds(1, 60_000_000, 3);
        Self(made.unwrap_or_else(|_| unreachable!("the bounds are valid")))
    }

    pub(crate) fn record(&mut self, took: Duration) {
        self.0.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    pub(crate) fn add(&mut self, other: &Self) {
        // Both have the same bounds, so this cannot fail.
        let _ = self.0.add(&other.0);
    }

    /// The sample of a loop that ran so long, each latency standing for `each` things done.
    pub(crate) fn sample(&self, ran: Duration, each: usize) -> Sample {
        let at = |share| self.0.value_at_quantile(share);
        let per_s = (self.0.len() * each as u64) as f64 / ran.as_secs_f64();
        Sample { per_s, p50_us: at(0.50), p95_us: at(0.95), p99_us: at(0.99) }
    }
}

impl Sample {
    /// The median of each figure by itself.
    pub(crate) fn median(of: &[Self]) -> Option<Self> {
        let whole = |figure: fn(&Self) -> u64| median(of.iter().map(|s| figure(s) as f64)).map(|m| m as u64);
        Some(Self {
            per_s: median(of.iter().map(|s| s.per_s))?,
            p50_us: whole(|s| s.p50_us)?,
            p95_us: whole(|s| s.p95_us)?,
            p99_us: whole(|s| s.p99_us)?,
        })
    }
}

/// The middle one in order; of an even number the higher of the middle two.
pub(crate) fn median(of: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = of.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_each_figure_is_taken_by_itself() {
        let sample = |per_s, p99_us| Sample { per_s, p50_us: 1, p95_us: 2, p99_us };
        let of = [sample(3.0, 10), sample(1.0, 30), sample(2.0, 20)];
        let median = Sample::median(&of).unwrap();
        assert_eq!((median.per_s, median.p99_us), (2.0, 20));
        assert!(Sample::median(&[]).is_none());
    }
}
