//! What was promised of the full stack.

use super::appends::{self, CALLERS, WRITERS};
use super::commands::{self, HOSTS};
use super::{bare, eventhorizon, projection, relay, visible};
use crate::report::Figures;
use crate::verdict::Verdict;

/// The most memory of a host, in MiB.
const MEMORY_MIB: f64 = 300.0;

/// Every target.
pub(crate) fn verdicts(figures: &Figures, connections: &[usize]) -> Vec<Verdict> {
    let ratio = |of: &str, to: &str| Some(figures.number(of)? / figures.number(to)?);
    let mut verdicts = Vec::new();
    for (callers, shape) in CALLERS {
        let (ours, bare) = (appends::name(callers), bare::name(shape));
        let target = if callers == 1 { 0.9 } else { 0.8 };
        verdicts.push(Verdict::at_least(format!("{ours} / {bare}"), ratio(&ours, &bare), target));
    }
    let bare = bare::name(CALLERS[1].1);
    let most = connections.iter().copied().max().unwrap_or(1);
    let ours = commands::name(most);
    verdicts.push(Verdict::at_least(format!("{ours} / {bare}"), ratio(&ours, &bare), 0.5));
    let ours = appends::name(WRITERS);
    for (gaps, target) in [(false, 100.0), (true, 10.0)] {
        let peer = eventhorizon::name(WRITERS, gaps);
        verdicts.push(Verdict::at_least(format!("{ours} / {peer}"), ratio(&ours, &peer), target));
    }
    let one = commands::to_hosts(HOSTS[0]);
    for (hosts, target) in [(HOSTS[1], 1.0), (HOSTS[2], 0.8)] {
        let together = commands::to_hosts(hosts);
        let what = format!("{hosts} command hosts on one log / one");
        verdicts.push(Verdict::at_least(what, ratio(&together, &one), target));
    }
    let relayed = ratio(relay::RELAYED, relay::PRODUCED);
    verdicts.push(Verdict::at_least("relay / bare idempotent producer", relayed, 0.5));
    let slower = figures.number(projection::CONSUMED).zip(figures.number(projection::COPIED));
    let projected = figures.number(projection::PROJECTED).zip(slower);
    verdicts.push(Verdict::at_least(
        "projection / the slower of bare consumption and COPY",
        projected.map(|(projected, (consumed, copied))| projected / consumed.min(copied)),
        0.5,
    ));
    let ms = |us: u64| us as f64 / 1e3;
    let (idle, busy) = (figures.median(visible::IDLE), figures.median(visible::VISIBLE));
    let p50 = format!("p50 {}", visible::IDLE);
    verdicts.push(Verdict::at_most(p50, idle.map(|s| ms(s.p50_us)), 10.0, "ms"));
    let p99 = format!("p99 {}", visible::IDLE);
    verdicts.push(Verdict::at_most(p99, idle.map(|s| ms(s.p99_us)), 50.0, "ms"));
    let p99 = format!("p99 {}", visible::VISIBLE);
    verdicts.push(Verdict::at_most(p99, busy.map(|s| ms(s.p99_us)), 200.0, "ms"));
    for name in [&visible::MEMORY[..], &[projection::MEMORY]].concat() {
        verdicts.push(Verdict::at_most(name, figures.number(name), MEMORY_MIB, "MiB"));
    }
    verdicts
}
