use serde_json::json;
use tidings_domain::testing::sample::{comment, post, user};
use tidings_domain::{DecodeError, Encoded, Event, comment as comments, post as posts};

fn stored(name: &'static str, schema: u16, data: &str) -> Encoded {
    Encoded { name: name.into(), schema, data: data.into() }
}

#[test]
fn an_event_is_stored_under_its_name_with_its_fields() {
    let event = posts::Event::PostEdited { post: post(1), text: "x".into() };
    let data = format!(r#"{{"post":"{}","text":"x"}}"#, post(1));
    assert_eq!(event.encode(), stored("PostEdited", 1, &data));
    assert_eq!(event.name(), "PostEdited");
}

#[test]
fn fields_that_are_not_known_are_passed_over() {
    let data = format!(r#"{{"post":"{}","text":"x","later":7}}"#, post(1));
    let event = posts::Event::PostEdited { post: post(1), text: "x".into() };
    assert_eq!(posts::Event::decode(&stored("PostEdited", 1, &data)), Ok(event));
}

#[test]
fn an_event_of_another_kind_is_unknown() {
    assert_eq!(
        posts::Event::decode(&stored("CommentEdited", 1, "{}")),
        Err(DecodeError::Unknown { name: "CommentEdited".into() })
    );
}

#[test]
fn an_event_of_a_newer_program_is_refused_with_both_versions() {
    let error = posts::Event::decode(&stored("PostEdited", 2, "{}")).unwrap_err();
    assert_eq!(error, DecodeError::Newer { name: "PostEdited".into(), found: 2, known: 1 });
    assert_eq!(error.to_string(), "event PostEdited has schema 2, but this program knows only up to 1");
}

#[test]
fn a_version_that_never_was_is_refused() {
    assert_eq!(
        comments::Event::decode(&stored("CommentAdded", 0, "{}")),
        Err(DecodeError::NoUpcast { name: "CommentAdded".into(), found: 0 })
    );
}

#[test]
fn damaged_data_are_told_with_name_and_version() {
    for data in ["", "{", "[]", "{}", r#"{"post":7,"text":"x"}"#] {
        match posts::Event::decode(&stored("PostEdited", 1, data)) {
            Err(DecodeError::Malformed { name, schema, .. }) => {
                assert_eq!((&*name, schema), ("PostEdited", 1))
            }
            other => panic!("{data}: {other:?}"),
        }
    }
    let old = stored("CommentAdded", 1, r#"{"post":7}"#);
    assert!(matches!(comments::Event::decode(&old), Err(DecodeError::Malformed { schema: 1, .. })));
}

#[test]
fn an_old_comment_is_lifted() {
    let data =
        format!(r#"{{"comment":"{}","author":"{}","post":"{}","text":"x"}}"#, comment(1), user(1), post(1));
    let old = stored("CommentAdded", 1, &data);
    let lifted: serde_json::Value =
        serde_json::from_str(&old.lifted(2, comments::Event::UPCASTS).unwrap()).unwrap();
    assert_eq!((&lifted["post"], lifted.get("parent")), (&json!(null), Some(&json!(null))));
    let lifted = comments::Event::decode(&old);
    let expected = comments::Event::CommentAdded {
        comment: comment(1),
        author: user(1),
        target: post(1).into(),
        parent: None,
        text: "x".into(),
    };
    assert_eq!(lifted, Ok(expected));
}
