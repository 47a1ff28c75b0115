use serde_json::json;
use tidings_tests::{Talk, Tidings, command, folder, query, until};

use crate::{ANN, made, until_answered};

async fn stage(talk: &mut Talk) -> String {
    made(talk, "StageClip", ANN, json!({ "title": "x" })).await
}

#[tokio::test]
async fn a_staged_clip_fails_at_its_deadline_also_when_the_host_was_killed_meanwhile() {
    let data = folder();
    let mut tidings = Tidings::start(data.path()).await;
    let mut talk = tidings.commander().await;
    let (waits, comes) = (stage(&mut talk).await, stage(&mut talk).await);
    let video = json!({ "clip": comes, "media_key": "m", "duration_s": 3, "renditions": ["720p"] });
    talk.ok(&command("PublishClip", ANN, video)).await;
    let mut asker = tidings.asker().await;
    until_answered(&mut asker, "ClipById", json!({ "clip": comes }), json!({ "state": "published" })).await;
    until_answered(&mut asker, "ClipById", json!({ "clip": waits }), json!({ "state": "staged" })).await;
    tidings.process.kill();

    // Under the limit of a day nothing happens; under a shorter one it is due as soon as the host is back.
    let tidings = Tidings::start_with(data.path(), |command| {
        command.args(["--clip-limit", "1s"]);
    })
    .await;
    let (mut talk, mut asker) = (tidings.commander().await, tidings.asker().await);
    let failed = until("the clip has failed", async || {
        let status = asker.call(&query("ClipById", json!({ "clip": waits }))).await;
        (status["data"]["state"] == "failed").then_some(status)
    })
    .await;
    assert_eq!(failed["data"]["failure"], "not published within 1 s");
    until_answered(&mut asker, "ClipById", json!({ "clip": comes }), json!({ "state": "published" })).await;
    let late = json!({ "clip": waits, "media_key": "m", "duration_s": 3, "renditions": [] });
    assert_eq!(talk.refusal(&command("PublishClip", ANN, late)).await["reason"], "already_failed");
    // One that is staged now has its own time.
    let next = stage(&mut talk).await;
    until_answered(&mut asker, "ClipById", json!({ "clip": next }), json!({ "state": "failed" })).await;
}
