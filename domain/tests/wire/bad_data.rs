use tidings_domain::testing::sample::{clip, user};
use tidings_domain::{CommandError, Problem};

use super::parse;

fn error(name: &str, data: &str) -> String {
    parse(name, data).unwrap_err().to_string()
}

fn field_of(name: &str, data: &str) -> String {
    match parse(name, data) {
        Err(CommandError::Invalid { field, .. }) => field,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_command_is_told_with_the_nearest() {
    assert_eq!(
        parse("createpost", "{}"),
        Err(CommandError::Unknown { name: "createpost".into(), nearest: Some("CreatePost") })
    );
    assert_eq!(error("LikePost", "{}"), "there is no command `LikePost`; did you mean `Like`?");
    assert_eq!(error("xyz", "{}"), "there is no command `xyz`");
    assert_eq!(error("", "{}"), "there is no command ``");
}

#[test]
fn an_unknown_command_of_a_megabyte_is_told_in_short() {
    assert!(error(&"x".repeat(1 << 20), "{}").len() < 200);
}

#[test]
fn an_unknown_field_is_told_with_the_nearest() {
    assert_eq!(
        error("CreatePost", r#"{"txet":"x"}"#),
        "CreatePost: `txet` is no field of it; did you mean `text`?"
    );
    assert_eq!(error("CreatePost", r#"{"text":"x","mood":"glad"}"#), "CreatePost: `mood` is no field of it");
    assert_eq!(field_of("CreatePost", r#"{"text":"x","mood":"glad"}"#), "mood");
}

#[test]
fn a_missing_field_is_named() {
    assert_eq!(error("CreatePost", "{}"), "CreatePost: `text` is missing");
    assert_eq!(error("EditPost", r#"{"text":"x"}"#), "EditPost: `post` is missing");
}

#[test]
fn a_wrong_type_is_told_with_what_is_expected() {
    assert_eq!(
        error("CreatePost", r#"{"text":7}"#),
        "CreatePost: `text`: invalid type: integer `7`, expected a string"
    );
    assert_eq!(
        error("CreatePost", r#"{"text":null}"#),
        "CreatePost: `text`: invalid type: null, expected a string"
    );
    assert!(
        error("CreatePost", r#"{"post":"7","text":"x"}"#)
            .starts_with("CreatePost: `post`: no UUID, such as 0193")
    );
    assert_eq!(
        error("Like", r#"{"target":"7"}"#),
        "Like: `target`: `7` is no target of the form post-<uuid>, clip-<uuid> or comment-<uuid>"
    );
    let data = format!(r#"{{"clip":"{}","visibility":"secret"}}"#, clip(1));
    assert_eq!(
        error("SetClipVisibility", &data),
        "SetClipVisibility: `visibility`: unknown variant `secret`, expected one of `public`, `unlisted`, `private`"
    );
    let data = format!(r#"{{"clip":"{}","started_at":"now","ended_at":"now"}}"#, clip(1));
    assert_eq!(
        error("RecordView", &data),
        "RecordView: `started_at`: `now` is no time of the form 2026-11-21T07:45:56.123Z (RFC 3339)"
    );
}

#[test]
fn a_wrong_value_deep_inside_is_named_by_its_path() {
    let data = |duration, renditions| {
        format!(
            r#"{{"clip":"{}","media_key":"m","duration_s":{duration},"renditions":{renditions}}}"#,
            clip(1)
        )
    };
    assert_eq!(field_of("PublishClip", &data("12", r#"["480p",7]"#)), "renditions[1]");
    assert_eq!(field_of("PublishClip", &data("-1", "[]")), "duration_s");
    assert_eq!(field_of("PublishClip", &data("1.5", "[]")), "duration_s");
    assert_eq!(field_of("PublishClip", &data("4294967296", "[]")), "duration_s");
}

#[test]
fn a_field_twice_is_refused() {
    let twice = r#"{"text":"x","text":"y"}"#;
    assert_eq!(error("CreatePost", twice), "CreatePost: `text` is given more than once");
    assert_eq!(field_of("CreatePost", twice), "text");
}

#[test]
fn the_actor_cannot_be_told_in_the_data() {
    let data = format!(r#"{{"user":"{}","target":"post-{}"}}"#, user(2), user(2));
    assert_eq!(error("Like", &data), "Like: `user` is taken from the actor: leave it out of the data");
    let data = format!(r#"{{"user":null,"target":"post-{}"}}"#, user(2));
    assert_eq!(error("Like", &data), "Like: `user` is taken from the actor: leave it out of the data");
}

#[test]
fn data_that_are_no_object_are_refused() {
    for data in
        ["", " ", "null", "7", "\"x\"", "[]", r#"["x"]"#, "{", r#"{"text":"x"}}"#, r#"{"text":"x"} 7"#, "\0"]
    {
        match parse("CreatePost", data) {
            Err(CommandError::Invalid { problem: Problem::NotAnObject { .. }, field, .. }) => {
                assert_eq!(field, "");
            }
            other => panic!("{data:?}: {other:?}"),
        }
    }
    assert_eq!(
        error("CreatePost", "[]"),
        "CreatePost: the data must be a JSON object of its fields: this is an array"
    );
}

#[test]
fn fields_in_an_array_are_not_taken_for_an_object() {
    let data = format!(r#"["{}","x"]"#, user(1));
    assert!(parse("EditPost", &data).is_err());
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let deep = format!(r#"{{"text":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert!(error("CreatePost", &deep).contains("recursion limit"));
}
