//! The ledger, as people meet it: the programs on real files, killed, locked out and operated.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod killed;
mod locked;
mod operated;
mod starting;
#[cfg(feature = "test-servers")]
mod two_hosts;

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tidings_tests::{CommandHost, Talk, Urls, command, query, until};
use uuid::Uuid;

const ANN: Uuid = Uuid::from_u128(0xa22);

fn url(data: &Path) -> String {
    format!("sqlite:{}", data.display())
}

/// Arguments with which a host keeps its ledger in a folder.
fn recording(data: &Path) -> impl FnOnce(&mut Command) + use<> {
    let url = url(data);
    move |command| {
        command.args(["--ledger", &url]);
    }
}

async fn command_host(data: &Path) -> CommandHost {
    CommandHost::on(&Urls::embedded(data), recording(data)).await
}

fn post(id: Uuid, text: &str) -> Value {
    let mut line = command("CreatePost", ANN, json!({ "text": text }));
    line["id"] = json!(id);
    line
}

fn promised(mut line: Value) -> Value {
    line["wait"] = json!(false);
    line
}

/// Waits until `CommandStatus` says so; the whole of it.
async fn until_state(asker: &mut Talk, id: Uuid, state: &str) -> Value {
    until(&format!("{id} is {state}"), async || {
        let reply = asker.call(&query("CommandStatus", json!({ "command": id }))).await;
        (reply["data"]["state"] == state).then(|| reply["data"].clone())
    })
    .await
}
