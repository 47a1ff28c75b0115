//! The client with the rules inside, run as a person runs it.

mod program;

use program::Ended;
use serde_json::Value;

const ME: &str = "01930000-0000-7000-8000-000000000001";
const POST: &str = "01930000-0000-7000-8000-000000000002";

fn embed_domain(input: &str) -> Ended {
    program::run("embed_domain", &[ME], input)
}

fn hello() -> String {
    format!("CreatePost {{\"post\": \"{POST}\", \"text\": \"hello\"}}\n")
}

#[test]
fn a_command_that_the_host_would_take_becomes_the_line_to_send() {
    let ended = embed_domain("CreatePost {\"text\": \"hello\"}\n");
    assert!(ended.ok, "{ended:?}");
    let line: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&line["command"], &line["actor"]), (&"CreatePost".into(), &ME.into()));
    assert_eq!((&line["data"]["text"], &line["data"]["post"]), (&"hello".into(), &line["id"]));
}

#[test]
fn a_refused_command_is_told_with_its_reason_and_not_sent() {
    let ended = embed_domain("CreatePost {\"text\": \" \"}\n");
    assert!(!ended.ok && ended.out.is_empty(), "{ended:?}");
    assert_eq!(ended.err, "CreatePost: the text is blank; write 1 to 2200 characters [text_blank]\n");
}

#[test]
fn a_typing_error_is_told_with_what_was_meant() {
    assert_eq!(
        embed_domain("CreatPost {}\nCreatePost {\"txt\": \"hello\"}\n").err,
        "CreatPost: there is no command `CreatPost`; did you mean `CreatePost`?\n\
         CreatePost: `txt` is no field of it; did you mean `text`?\n"
    );
}

#[test]
fn what_was_sent_before_is_known_to_the_rules() {
    let like = format!("Like {{\"target\": \"post-{POST}\"}}\n");
    let ended = embed_domain(&format!("{}{like}{like}", hello()));
    assert_eq!(ended.out.lines().count(), 2, "{ended:?}");
    assert!(ended.err.ends_with("Like: fine\nLike: nothing to do, it is so already\n"), "{ended:?}");
    let again = embed_domain(&hello().repeat(2));
    assert!(again.err.contains("[already_exists]"), "{again:?}");
}

#[test]
fn what_only_the_host_can_tell_is_sent() {
    let ended = embed_domain(&format!("Like {{\"target\": \"post-{POST}\"}}\n"));
    assert!(ended.ok && ended.out.contains("\"Like\""), "{ended:?}");
}

#[test]
fn it_stands_on_the_domain_alone() {
    let source = include_str!("../embed_domain.rs");
    let imports: Vec<&str> = source.lines().filter(|line| line.starts_with("use ")).collect();
    let crates = imports.iter().filter_map(|line| line.strip_prefix("use ")?.split([':', ';']).next());
    assert!(crates.clone().all(|name| ["std", "tidings_domain", "uuid"].contains(&name)), "{imports:?}");
}
