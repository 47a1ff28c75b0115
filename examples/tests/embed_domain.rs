//! The client with the rules inside, run as a person runs it.

mod program;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

#[test]
fn without_a_server_it_shows_what_it_would_send_and_what_not() {
    let ended = program::run("embed_domain", &[] as &[&str], "");
    assert!(ended.ok && ended.err.is_empty(), "{ended:?}");
    let commands = ended.out.lines().filter_map(|line| line.strip_prefix("→ "));
    let sent: Vec<Value> = commands.map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = sent.iter().filter_map(|line| line["command"].as_str()).collect();
    assert_eq!(names, ["CreatePost", "EditPost"]);
    assert_eq!(sent[0]["data"]["post"], sent[1]["data"]["post"]);
    let not_sent: Vec<&str> = ended.out.lines().filter_map(|line| line.strip_prefix("not sent: ")).collect();
    assert_eq!(not_sent.len(), 6, "{}", ended.out);
    assert_eq!(not_sent[0], "the text has 2699 characters; shorten it to 2200 or fewer (text_too_long)");
    assert_eq!(not_sent[1], "it would change nothing");
    assert!(not_sent[2].ends_with("(not_author_or_moderator)"), "{}", not_sent[2]);
    assert_eq!(not_sent[3], "there is no command `CreatPost`; did you mean `CreatePost`?");
    assert_eq!(not_sent[4], "CreatePost: `txet` is no field of it; did you mean `text`?");
    assert!(not_sent[5].starts_with("CreatePost: `text`: "), "{}", not_sent[5]);
}

#[test]
fn with_a_server_only_what_the_rules_let_pass_reaches_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        let mut connection = BufReader::new(listener.accept().unwrap().0);
        let mut lines = Vec::new();
        let mut line = String::new();
        while connection.read_line(&mut line).unwrap() > 0 {
            lines.push(serde_json::from_str::<Value>(&line).unwrap()["command"].clone());
            line.clear();
            connection.get_mut().write_all(b"{\"ok\":true}\n").unwrap();
        }
        lines
    });
    let ended = program::run("embed_domain", &[address], "");
    assert!(ended.ok, "{ended:?}");
    assert_eq!(ended.out.matches("← {\"ok\":true}").count(), 2);
    assert_eq!(server.join().unwrap(), ["CreatePost", "EditPost"]);
}

#[test]
fn it_stands_on_the_domain_alone() {
    let source = include_str!("../embed_domain.rs");
    let imports: Vec<&str> = source.lines().filter(|line| line.starts_with("use ")).collect();
    let crates = imports.iter().filter_map(|line| line.strip_prefix("use ")?.split([':', ';']).next());
    assert!(crates.clone().all(|name| ["std", "tidings_domain", "uuid"].contains(&name)), "{imports:?}");
}
