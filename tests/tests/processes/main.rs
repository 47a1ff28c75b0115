//! Processes, as people meet them: what hangs on deleted things goes with them, and clips that do not come fail.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod cleanup;
mod killed;
mod overdue;

use serde_json::Value;
use tidings_tests::{Talk, command, query, until};
use uuid::Uuid;

const ANN: Uuid = Uuid::from_u128(0xa22);
const BEN: Uuid = Uuid::from_u128(0xbe2);

/// Gives a command; the id of what it made.
async fn made(talk: &mut Talk, name: &str, actor: Uuid, data: Value) -> String {
    let reply = talk.ok(&command(name, actor, data)).await;
    reply["stream"].as_str().unwrap().split_once('-').unwrap().1.to_owned()
}

/// Asks until the answer is this.
async fn until_answered(asker: &mut Talk, name: &str, data: Value, answer: Value) {
    let mut last = Value::Null;
    let asks = format!("{name} {data} is answered {answer}");
    let found = until(&asks, async || {
        last = asker.call(&query(name, data.clone())).await;
        let found = match &last["data"] {
            Value::Object(fields) => {
                let expected = answer.as_object()?;
                expected.iter().all(|(name, value)| fields.get(name) == Some(value))
            }
            found => *found == answer,
        };
        found.then_some(())
    });
    found.await;
}
