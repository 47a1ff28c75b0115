use serde_json::json;

use crate::host::Host;

/// One person of several: five Unicode scalars, joined.
const FAMILY: &str = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}";

#[tokio::test]
async fn a_text_is_counted_in_characters_as_people_type_them() {
    let mut host = Host::start().await;
    let ada = host.ada;
    let fit = [
        "a".repeat(2_200),
        "\u{1F44D}".repeat(2_200),
        // e and a combining accent become one character in NFC.
        "e\u{301}".repeat(2_200),
        FAMILY.repeat(440),
        format!("  {}\n\t ", "ä".repeat(2_200)),
    ];
    for text in fit {
        let reply = host.give(ada, "CreatePost", json!({ "text": text })).await;
        assert_eq!(reply["version"], 1);
    }
    let too_long = [
        "a".repeat(2_201),
        "\u{1F44D}".repeat(2_201),
        "e\u{301}".repeat(2_201),
        format!("{}a", FAMILY.repeat(440)),
        // This combination has no character of its own.
        "q\u{301}".repeat(1_101),
    ];
    for text in too_long {
        let refused = host.refuses(ada, "CreatePost", json!({ "text": text })).await;
        assert_eq!(refused, ("invalid".into(), "text_too_long".into()));
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn emoji_and_accents_come_back_as_they_were_written_in_one_form() {
    let mut host = Host::start().await;
    let written = format!(" cafe\u{301} {FAMILY} \u{1F1E9}\u{1F1EA} ");
    let reply = host.give(host.ada, "CreatePost", json!({ "text": written })).await;
    let post = reply["stream"].as_str().unwrap().strip_prefix("post-").unwrap();
    let query = json!({ "query": "PostById", "data": { "post": post }, "after": [reply["at"]] });
    let shown = host.tidings.asker().await.ok(&query).await;
    assert_eq!(shown["data"]["text"], json!(format!("caf\u{e9} {FAMILY} \u{1F1E9}\u{1F1EA}")));
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn blanks_only_are_refused() {
    let mut host = Host::start().await;
    for text in ["", " ", "\n\t \r\n", "\u{A0}\u{2003}", "\u{200B}\u{200B}", "\u{FEFF}"] {
        let refused = host.refuses(host.ada, "CreatePost", json!({ "text": text })).await;
        assert_eq!(refused, ("invalid".into(), "text_blank".into()), "{text:?}");
    }
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn control_characters_are_refused_but_for_newline_and_tab() {
    let mut host = Host::start().await;
    for text in ["a\0b", "a\u{7}b", "a\u{1B}[31mb", "a\rb", "a\u{7F}b", "a\u{85}b"] {
        let refused = host.refuses(host.ada, "CreatePost", json!({ "text": text })).await;
        assert_eq!(refused, ("invalid".into(), "text_control_character".into()), "{text:?}");
    }
    host.give(host.ada, "CreatePost", json!({ "text": "one\n\ttwo" })).await;
    host.holds_only_what_was_acknowledged().await;
}

#[tokio::test]
async fn half_a_character_is_refused() {
    let mut host = Host::start().await;
    let line = format!(r#"{{"command":"CreatePost","actor":"{}","data":{{"text":"\ud83d"}}}}"#, host.ada);
    let error = host.error_of(host.tidings.commands, line.as_bytes()).await;
    assert_eq!(error["code"], "invalid", "{error}");
    host.holds_only_what_was_acknowledged().await;
}
