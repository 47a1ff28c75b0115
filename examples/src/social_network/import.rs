//! Sends a plan to a command host.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_domain::{Command, Position, Timestamp, UserId};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::client::{GaveUp, Pool, Refusal, Reply};
use super::plan::{Plan, Planned};
use super::window::Window;

/// What came of a plan.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The acknowledged commands, by their index in the plan, with where their commits stand, in the order of
    /// the answers.
    pub acknowledged: Vec<(usize, Option<Position>)>,
    /// How many of them were carried out before, in an earlier run or an earlier try.
    pub replayed: usize,
    /// How many of them found that all was so already, and made no commit.
    pub unchanged: usize,
    /// The refused ones, and why.
    pub refused: Vec<(usize, Refusal)>,
    /// How many were not sent because what they refer to was refused.
    pub not_sent: usize,
    /// The last position acknowledged in each partition.
    pub after: BTreeMap<u16, Position>,
    /// How long it took.
    pub took: Duration,
}

impl Imported {
    /// How many commits it added to the log.
    pub fn appended(&self) -> usize {
        self.acknowledged.len() - self.replayed - self.unchanged
    }

    /// Commands acknowledged a second.
    pub fn rate(&self) -> f64 {
        #[expect(clippy::cast_precision_loss)]
        let count = self.acknowledged.len() as f64;
        count / self.took.as_secs_f64().max(1e-9)
    }
}

/// Sends all of a plan, `in_flight` commands at a time, none before what it refers to is acknowledged.
/// `progress` is told of every answer.
///
/// # Errors
/// When the host gives no answer.
pub async fn import(
    plan: Arc<Plan>,
    host: Arc<Pool>,
    in_flight: usize,
    mut progress: impl FnMut(),
) -> Result<Imported, GaveUp> {
    let started = Instant::now();
    let mut window = Window::new(plan.commands.iter().map(|planned| planned.after).collect(), in_flight);
    let (mut imported, mut flying) = (Imported::default(), JoinSet::new());
    while !window.is_done() {
        while let Some(index) = window.next() {
            let (plan, host) = (plan.clone(), host.clone());
            flying.spawn(async move { (index, send(&plan.commands[index], &host).await) });
        }
        let Some(joined) = flying.join_next().await else { break };
        let (index, reply) = joined.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        match reply? {
            reply @ Reply { ok: true, .. } => {
                window.acknowledged(index);
                imported.acknowledge(index, &reply);
            }
            Reply { error, .. } => {
                window.refused(index);
                let unclear = || Refusal {
                    code: "malformed".into(),
                    message: "a reply without ok".into(),
                    retry: false,
                };
                imported.refused.push((index, error.unwrap_or_else(unclear)));
            }
        }
        progress();
    }
    imported.not_sent = window.lost() - imported.refused.len();
    imported.took = started.elapsed();
    Ok(imported)
}

impl Imported {
    fn acknowledge(&mut self, index: usize, reply: &Reply) {
        let commit = reply.at.filter(|_| !reply.unchanged);
        self.acknowledged.push((index, commit));
        self.replayed += usize::from(reply.replayed);
        self.unchanged += usize::from(reply.unchanged);
        if let Some(at) = reply.at {
            let last = self.after.entry(at.partition).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// The commits that must be in the log: the command's id, its stream, and where it stands.
    pub fn commits(&self, plan: &Plan) -> Vec<(Uuid, String, Position)> {
        let commit = |(index, at): &(usize, Option<Position>)| {
            let planned = &plan.commands[*index];
            Some((planned.id, planned.command.stream().to_string(), (*at)?))
        };
        self.acknowledged.iter().filter_map(commit).collect()
    }
}

async fn send(planned: &Planned, host: &Pool) -> Result<Reply, GaveUp> {
    host.ask(&planned.id.to_string(), &line(planned)).await
}

#[derive(Serialize)]
struct Line<'a> {
    id: Uuid,
    command: &'static str,
    actor: UserId,
    data: &'a RawValue,
    occurred_at: Timestamp,
    correlation: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<Uuid>,
}

/// The command as a line of the protocol.
fn line(planned: &Planned) -> String {
    // A command always has a JSON form, and so has the line around it.
    let data = RawValue::from_string(planned.command.to_json()).unwrap_or_default();
    let line = Line {
        id: planned.id,
        command: planned.command.name(),
        actor: planned.actor,
        data: &data,
        occurred_at: planned.occurred_at,
        correlation: planned.correlation,
        causation: planned.causation,
    };
    serde_json::to_string(&line).unwrap_or_default()
}
