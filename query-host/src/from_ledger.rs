//! What is answered from the ledger.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tidings_domain::{Position, Timestamp};
use tidings_ledger::{Entry, Ledger, Listing, State};
use tidings_projections::queries::{
    Answer, QueryError, commands_cursor, parse_commands, wrong_commands_state,
};
use uuid::Uuid;

use crate::from_log::cause;

/// A command in a list.
#[derive(Serialize)]
struct Row<'a> {
    command: Uuid,
    name: &'a str,
    state: &'static str,
    actor: Uuid,
    promised: bool,
    attempts: u32,
    received_at: Timestamp,
    updated_at: Timestamp,
    next_attempt_at: Option<Timestamp>,
    last_error: Option<&'a str>,
    at: Option<Position>,
    /// As the reply had it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a RawValue>,
}

/// What the data of `Commands` ask for.
pub(crate) fn page(data: &str) -> Result<Listing, QueryError> {
    let page = parse_commands(data)?;
    let state = page.state.as_deref().map(str::parse::<State>).transpose();
    let state = state.map_err(|error| wrong_commands_state(error.to_string()))?;
    Ok(Listing { state, before: page.before, most: page.limit.into() })
}

/// A page of the commands.
pub(crate) async fn commands(ledger: &dyn Ledger, page: Listing) -> Result<Answer, String> {
    // One more than is shown tells whether there is a next page.
    let all = ledger.list(Listing { most: page.most + 1, ..page }).await.map_err(cause)?;
    let most = usize::try_from(page.most).unwrap_or(usize::MAX);
    let shown = &all[..all.len().min(most)];
    let next = shown.last().filter(|_| all.len() > most).map(|last| commands_cursor(last.number));
    let rows: Vec<Row<'_>> = shown.iter().map(row).collect();
    Ok(Answer { data: serde_json::to_string(&rows).map_err(cause)?, next })
}

/// What is known of a command.
pub(crate) async fn entry(ledger: &dyn Ledger, command: Uuid) -> Result<Option<Entry>, String> {
    ledger.get(command).await.map_err(cause)
}

/// So many failed commands are counted and no more.
const MOST_FAILED: u32 = 1_000;

/// How many commands have failed for good.
pub(crate) async fn failed(ledger: &dyn Ledger) -> Result<usize, String> {
    let listing = Listing { state: Some(State::FailedTerminal), before: None, most: MOST_FAILED };
    ledger.list(listing).await.map(|all| all.len()).map_err(cause)
}

/// The figures of the read model, and that of the ledger: none where there is no ledger.
pub(crate) fn with_failed(answer: Answer, failed: Option<usize>) -> Result<Answer, String> {
    let mut figures: Map<String, Value> = serde_json::from_str(&answer.data).map_err(cause)?;
    figures.insert("failed_commands".into(), failed.into());
    Ok(Answer { data: Value::from(figures).to_string(), next: None })
}

fn row(entry: &Entry) -> Row<'_> {
    Row {
        command: entry.id,
        name: &entry.name,
        state: entry.state.as_str(),
        actor: entry.actor,
        promised: entry.promised,
        attempts: entry.attempts,
        received_at: entry.received_at,
        updated_at: entry.updated_at,
        next_attempt_at: entry.next_attempt_at,
        last_error: entry.last_error.as_deref(),
        at: entry.position,
        // One that cannot be read hides no other command.
        error: entry.error().and_then(|told| serde_json::from_str(told).ok()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tidings_domain::testing::sample;
    use tidings_ledger::{End, Finish, How, MemoryLedger, Receive, Received};

    use super::*;

    async fn ended(ledger: &MemoryLedger, id: u128, finish: Finish) {
        let how = How::Claim { host: Uuid::nil(), lease: std::time::Duration::from_secs(1) };
        let (id, digest, actor) = (Uuid::from_u128(id), [0; 32], Uuid::nil());
        let receive = Receive { id, digest, name: "EditPost".into(), actor, how };
        let Received::Claimed(hold) = ledger.receive(receive, sample::time(0)).await.unwrap() else {
            panic!("it is new")
        };
        assert_eq!(ledger.finish(vec![End { hold, finish }], sample::time(0)).await.unwrap(), [true]);
    }

    #[tokio::test]
    async fn a_list_says_why_a_command_was_refused_and_of_one_that_was_carried_out_nothing() {
        let (ledger, outcome) = (MemoryLedger::default(), r#"{"code":"gone","reason":"post_deleted"}"#);
        ended(&ledger, 1, Finish::Refused { outcome: outcome.into() }).await;
        ended(&ledger, 2, Finish::Unchanged { outcome: r#"{"stream":"x"}"#.into() }).await;
        ended(&ledger, 3, Finish::Refused { outcome: "damaged".into() }).await;
        let page = commands(&ledger, Listing { state: None, before: None, most: 10 }).await.unwrap();
        let rows: Vec<Value> = serde_json::from_str(&page.data).unwrap();
        let said: Vec<_> = rows.iter().map(|row| (&row["state"], row.get("error"))).collect();
        let why = json!({ "code": "gone", "reason": "post_deleted" });
        let (rejected, succeeded) = (json!("REJECTED"), json!("SUCCEEDED"));
        assert_eq!(said, [(&rejected, None), (&succeeded, None), (&rejected, Some(&why))]);
    }
}
