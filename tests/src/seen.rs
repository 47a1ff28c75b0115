//! What one host wrote, every other shows.

use serde_json::json;
use uuid::Uuid;

use crate::{Ledger, Talk, command, query, query_after};

/// Fifty posts of one author, sent to the command hosts by turns: each query host shows each as soon as it is asked for
/// it, and what became of a command.
///
/// # Panics
/// When one does not.
pub async fn writes_are_seen(commanders: &mut [Talk], askers: &mut [Talk]) -> Ledger {
    let (mut ledger, ada) = (Ledger::default(), Uuid::now_v7());
    for number in 1..=50 {
        let line = command("CreatePost", ada, json!({ "text": format!("post {number}") }));
        let turn = number % commanders.len();
        let reply = commanders[turn].ok(&line).await;
        ledger.note(&reply);
        let profile = query_after("Profile", json!({ "user": ada }), json!([reply["at"]]));
        for asker in &mut *askers {
            assert_eq!(asker.ok(&profile).await["data"]["posts"], number, "its own writes");
        }
    }
    let status = query("CommandStatus", json!({ "command": ledger.commands().next().unwrap() }));
    for asker in askers {
        assert_eq!(asker.ok(&status).await["data"]["events"], json!(["PostCreated"]));
    }
    ledger
}
