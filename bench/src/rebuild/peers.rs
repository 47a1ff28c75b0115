//! Peers' own rebuilds of read models like ours on PostgreSQL: the harnesses in `bench/peers`, built before.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::report::Figures;
use crate::verdict::Verdict;
use crate::{Failure, peer};

/// Events of a peer's log, of the same proportions as ours.
const EVENTS: u64 = 20_000;

struct Peer {
    /// The name of its figure.
    rebuild: &'static str,
    /// Where its harness is, in `bench/peers`.
    folder: &'static str,
    /// What is in that folder once the harness is built.
    built: &'static str,
    /// What Node runs of it; nothing where what was built is a program.
    script: Option<&'static str>,
}

const PEERS: [Peer; 2] = [
    Peer {
        rebuild: "Emmett's rebuild",
        folder: "emmett",
        built: "node_modules/.package-lock.json",
        script: Some("main.mjs"),
    },
    Peer {
        rebuild: "cqrs-es' rebuild",
        folder: "cqrs-es",
        built: "target/release/peer-cqrs-es",
        script: None,
    },
];

/// What a harness prints.
#[derive(Deserialize)]
struct Rebuilt {
    version: String,
    events: u64,
    /// Events that the rows hold.
    counted: u64,
    events_per_s: f64,
    /// Whether every row is as expected.
    rows_ok: bool,
}

/// Each peer in turn, so often. Without a URL of PostgreSQL the harnesses look for it themselves.
pub(crate) fn measure(postgres: Option<&str>, repeat: u32, figures: &mut Figures) -> Result<(), Failure> {
    if let Some(peer) = PEERS.iter().find(|peer| !peer.path(peer.built).exists()) {
        let (missing, readme) = (peer.path(peer.built), peer.readme());
        return Err(format!("{}: not there; {readme} tells how to build it", missing.display()).into());
    }
    for _ in 0..repeat {
        for peer in &PEERS {
            let Rebuilt { version, events, counted, events_per_s, rows_ok } = peer.run(postgres)?;
            eprintln!("  {} (version {version}): {counted} of {events} events are in its rows", peer.rebuild);
            if counted == events && !rows_ok {
                return Err(format!("{}: its rows are not what they should be", peer.rebuild).into());
            }
            figures.value(peer.rebuild, events_per_s, "/s");
            let share = counted as f64 / events as f64 * 100.0;
            figures.value(format!("  {}: events that are in its rows", peer.rebuild), share, "%");
        }
    }
    Ok(())
}

impl Peer {
    fn path(&self, file: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers").join(self.folder).join(file)
    }

    fn readme(&self) -> String {
        format!("bench/peers/{}/README.md", self.folder)
    }

    fn run(&self, postgres: Option<&str>) -> Result<Rebuilt, Failure> {
        let mut command = match self.script {
            Some(script) => {
                let mut node = Command::new("node");
                node.arg(self.path(script));
                node
            }
            None => Command::new(self.path(self.built)),
        };
        command.args(["--events", &EVENTS.to_string()]);
        // Not as an argument: it may hold a password.
        command.envs(postgres.map(|url| ("TIDINGS_TEST_POSTGRES", url)));
        let said = String::from_utf8(peer::said(&mut command, &self.readme())?)?;
        Ok(serde_json::from_str(said.lines().last().unwrap_or_default())?)
    }
}

/// Our rebuild beside the faster of theirs.
pub(crate) fn verdict(figures: &Figures, ours: &str, what: String, target: f64) -> Verdict {
    let faster = PEERS.iter().filter_map(|peer| figures.number(peer.rebuild)).reduce(f64::max);
    let ratio = figures.number(ours).zip(faster).map(|(ours, faster)| ours / faster);
    Verdict::at_least(what, ratio, target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_held_against_the_faster_of_theirs() {
        let mut figures = Figures::default();
        figures.value("ours", 100_000.0, "/s");
        let said = |figures: &Figures| verdict(figures, "ours", "ours / theirs".into(), 50.0).to_string();
        assert!(said(&figures).ends_with("not measured"), "{}", said(&figures));
        figures.value(PEERS[0].rebuild, 1_000.0, "/s");
        assert!(said(&figures).ends_with("  met"), "{}", said(&figures));
        figures.value(PEERS[1].rebuild, 4_000.0, "/s");
        assert!(said(&figures).ends_with("25.00 x   >= 50.0 x  NOT MET"), "{}", said(&figures));
    }
}
