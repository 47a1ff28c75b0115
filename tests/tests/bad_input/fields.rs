use serde_json::{Value, json};

use crate::host::{Host, code_and_field};

/// A good line with changes: `null` takes a field away.
fn line(good: &Value, changes: Value) -> String {
    fn change(value: &mut Value, changes: Value) {
        match changes {
            Value::Object(changes) if value.is_object() => {
                for (name, changes) in changes {
                    if changes.is_null() {
                        value.as_object_mut().unwrap().remove(&name);
                    } else {
                        change(value.as_object_mut().unwrap().entry(name).or_insert(Value::Null), changes);
                    }
                }
            }
            other => *value = other,
        }
    }
    let mut line = good.clone();
    change(&mut line, changes);
    line.to_string()
}

#[tokio::test]
async fn a_bad_command_is_refused_and_the_field_named() {
    let mut host = Host::start().await;
    let (actor, post) = (host.ada, "01930000-0000-7000-8000-00000000000a");
    let create = json!({ "command": "CreatePost", "actor": actor, "data": { "text": "x" } });
    let like = json!({ "command": "Like", "actor": actor, "data": { "target": format!("post-{post}") } });
    let clip = json!({ "command": "PublishClip", "actor": actor, "data":
        { "clip": post, "media_key": "k", "duration_s": 9, "renditions": ["720p"] } });
    let view = json!({ "command": "RecordView", "actor": actor, "data":
        { "clip": post, "started_at": "2026-01-01T00:00:00Z", "ended_at": "2026-01-01T00:00:09Z" } });
    let cases = [
        // unknown command
        (&create, json!({ "command": "CreatPost" }), "unknown", ""),
        (&create, json!({ "command": "" }), "unknown", ""),
        (&create, json!({ "command": "createpost" }), "unknown", ""),
        // missing field
        (&create, json!({ "command": null }), "invalid", "command"),
        (&create, json!({ "actor": null }), "invalid", "actor"),
        (&create, json!({ "data": null }), "invalid", "data.text"),
        (&create, json!({ "data": { "text": null } }), "invalid", "data.text"),
        (&like, json!({ "data": { "target": null } }), "invalid", "data.target"),
        (&clip, json!({ "data": { "duration_s": null } }), "invalid", "data.duration_s"),
        // unknown field
        (&create, json!({ "actr": actor }), "invalid", "actr"),
        (&create, json!({ "data": { "txet": "x" } }), "invalid", "data.txet"),
        (&like, json!({ "data": { "user": actor } }), "invalid", "data.user"),
        // wrong type
        (&create, json!({ "command": 7 }), "invalid", "command"),
        (&create, json!({ "actor": 7 }), "invalid", "actor"),
        (&create, json!({ "data": "x" }), "invalid", "data"),
        (&create, json!({ "data": [] }), "invalid", "data"),
        (&create, json!({ "data": { "text": 7 } }), "invalid", "data.text"),
        (&create, json!({ "data": { "text": ["x"] } }), "invalid", "data.text"),
        (&clip, json!({ "data": { "duration_s": "9" } }), "invalid", "data.duration_s"),
        (&clip, json!({ "data": { "duration_s": -9 } }), "invalid", "data.duration_s"),
        (&clip, json!({ "data": { "duration_s": 1.5 } }), "invalid", "data.duration_s"),
        (&clip, json!({ "data": { "duration_s": 1e300 } }), "invalid", "data.duration_s"),
        (&clip, json!({ "data": { "renditions": ["720p", 1080] } }), "invalid", "data.renditions[1]"),
        (&view, json!({ "data": { "ended_at": "today" } }), "invalid", "data.ended_at"),
        (&view, json!({ "data": { "ended_at": 1_767_225_600 } }), "invalid", "data.ended_at"),
        // ids that are no UUIDs
        (&create, json!({ "actor": "ada" }), "invalid", "actor"),
        (&create, json!({ "actor": "" }), "invalid", "actor"),
        (&create, json!({ "id": "mine" }), "invalid", "id"),
        (&create, json!({ "id": 7 }), "invalid", "id"),
        (&create, json!({ "id": { "a": 1 } }), "invalid", "id"),
        (&create, json!({ "correlation": "c" }), "invalid", "correlation"),
        (&create, json!({ "causation": "c" }), "invalid", "causation"),
        (&create, json!({ "occurred_at": "yesterday" }), "invalid", "occurred_at"),
        (
            &create,
            json!({ "data": { "post": "01930000-0000-7000-8000-00000000000g" } }),
            "invalid",
            "data.post",
        ),
        (&like, json!({ "data": { "target": post } }), "invalid", "data.target"),
        (&like, json!({ "data": { "target": "post-7" } }), "invalid", "data.target"),
        (&like, json!({ "data": { "target": format!("user-{post}") } }), "invalid", "data.target"),
    ];
    for (good, changes, code, field) in cases {
        let line = line(good, changes);
        let error = host.error_of(host.tidings.commands, line.as_bytes()).await;
        assert_eq!(code_and_field(&error), (code.into(), field.into()), "{line}: {error}");
        assert_eq!(error["retry"], false, "{line}: {error}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_field_given_twice_is_refused() {
    let mut host = Host::start().await;
    let actor = host.ada;
    let twice = [
        (
            format!(
                r#"{{"command":"CreatePost","actor":"{actor}","actor":"{actor}","data":{{"text":"x"}}}}"#
            ),
            "actor",
        ),
        (
            format!(r#"{{"command":"CreatePost","actor":"{actor}","data":{{"text":"x","text":"y"}}}}"#),
            "data.text",
        ),
    ];
    for (line, field) in twice {
        let error = host.error_of(host.tidings.commands, line.as_bytes()).await;
        assert_eq!(error["code"], "invalid", "{line}: {error}");
        assert!(error["message"].as_str().unwrap().contains(field.trim_start_matches("data.")), "{error}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_bad_query_is_refused_and_the_field_named() {
    let mut host = Host::start().await;
    let recent = json!({ "query": "RecentPosts", "data": { "limit": 5 } });
    let checkpoints = json!({ "query": "Checkpoints", "data": {} });
    let by_id = json!({ "query": "PostById", "data": { "post": "01930000-0000-7000-8000-00000000000a" } });
    let cases = [
        (&recent, json!({ "query": "RecentPost" }), "unknown", ""),
        (&recent, json!({ "query": null }), "invalid", "query"),
        (&recent, json!({ "query": 7 }), "invalid", "query"),
        (&recent, json!({ "qurey": "x" }), "invalid", "qurey"),
        (&recent, json!({ "data": { "limt": 5 } }), "invalid", "data.limt"),
        (&recent, json!({ "data": { "limit": 0 } }), "invalid", "data.limit"),
        (&recent, json!({ "data": { "limit": 101 } }), "invalid", "data.limit"),
        (&recent, json!({ "data": { "limit": "5" } }), "invalid", "data.limit"),
        (&recent, json!({ "data": { "cursor": "not a cursor" } }), "invalid", "data.cursor"),
        (&recent, json!({ "data": [] }), "invalid", "data"),
        (&recent, json!({ "after": ["7"] }), "invalid", "after[0]"),
        (&recent, json!({ "after": "0:1" }), "invalid", "after"),
        (&recent, json!({ "after": ["99:1"] }), "invalid", "after"),
        (&recent, json!({ "wait_ms": -1 }), "invalid", "wait_ms"),
        (&by_id, json!({ "data": { "post": "post-7" } }), "invalid", "data.post"),
        (&by_id, json!({ "data": { "post": null } }), "invalid", "data.post"),
        (&by_id, json!({}), "not_found", ""),
        (&checkpoints, json!({ "data": { "group": 7 } }), "invalid", "data.group"),
        (&checkpoints, json!({ "data": { "group": "socail" } }), "not_found", ""),
    ];
    for (good, changes, code, field) in cases {
        let line = line(good, changes);
        let error = host.error_of(host.tidings.queries, line.as_bytes()).await;
        assert_eq!(code_and_field(&error), (code.into(), field.into()), "{line}: {error}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn a_command_on_the_port_for_queries_and_the_other_way_round_is_refused() {
    let mut host = Host::start().await;
    let command = format!(r#"{{"command":"CreatePost","actor":"{}","data":{{"text":"x"}}}}"#, host.ada);
    let error = host.error_of(host.tidings.queries, command.as_bytes()).await;
    assert_eq!(code_and_field(&error), ("invalid".into(), "command".into()));
    assert!(error["message"].as_str().unwrap().contains("this port takes queries"), "{error}");
    let error = host.error_of(host.tidings.commands, br#"{"query":"RecentPosts"}"#).await;
    assert_eq!(code_and_field(&error), ("invalid".into(), "query".into()));
    assert!(error["message"].as_str().unwrap().contains("this port takes commands"), "{error}");
    host.holds_only_what_was_acknowledged().await;
}
