//! What was promised of the embedded system.

use super::{commands, peer, plain, queries, rebuild, start};
use crate::report::Figures;
use crate::verdict::Verdict;

/// Every target of the spine.
pub(crate) fn verdicts(figures: &Figures, connections: &[usize]) -> Vec<Verdict> {
    let ratio = |of: &str, to: &str| Some(figures.number(of)? / figures.number(to)?);
    let mut verdicts = vec![Verdict::at_least(
        "commands over 1 connection / plain single-row commits",
        ratio(&commands::name(1), &plain::name(1)),
        0.6,
    )];
    for clients in connections {
        verdicts.push(Verdict::at_least(
            format!("commands over {clients} connections / UmaDB appends by {clients} clients"),
            ratio(&commands::name(*clients), &peer::name(*clients)),
            2.0,
        ));
    }
    if let Some(most) = connections.iter().max() {
        verdicts.push(Verdict::at_least(
            format!("commands over {most} connections with a ledger / without"),
            ratio(&commands::recorded(*most), &commands::name(*most)),
            0.5,
        ));
    }
    let commit_ms = figures.median(&plain::name(1)).map(|plain| plain.p50_us as f64 / 1e3);
    let most_ms = commit_ms.map_or(50.0, |ms| (20.0 * ms).max(50.0));
    for connections in connections {
        let p99_ms = figures.median(&commands::name(*connections)).map(|s| s.p99_us as f64 / 1e3);
        verdicts.push(Verdict::at_most(
            format!("p99 of a command over {connections} connections"),
            p99_ms,
            most_ms,
            "ms",
        ));
    }
    let least = |one: &str, other: &str| Some(figures.number(one)?.min(figures.number(other)?));
    let rebuilt = figures.number(rebuild::REBUILD).zip(least(rebuild::READ, rebuild::INSERT));
    verdicts.push(Verdict::at_least(
        "rebuild / the slower of bare read and bare insert",
        rebuilt.map(|(rebuilt, least)| rebuilt / least),
        0.5,
    ));
    for threads in [1, 2] {
        let ratio = ratio(queries::PIPELINED, &queries::bare_name(threads));
        verdicts.push(Verdict::at_least(
            format!("queries by key over TCP / the same SELECT in-process, {threads} threads"),
            ratio,
            0.5,
        ));
    }
    verdicts.push(Verdict::at_most(start::MEMORY, figures.number(start::MEMORY), 300.0, "MiB"));
    verdicts.push(Verdict::at_most(start::FIRST, figures.number(start::FIRST), 1_000.0, "ms"));
    verdicts
}
