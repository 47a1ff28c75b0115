//! The aggregate that is not social, run as a person runs it.

mod program;

#[test]
fn it_shows_what_became_of_each_command_and_what_the_read_model_makes_of_the_log() {
    let ended = program::run("own_aggregate", &[] as &[&str], "");
    assert!(ended.ok && ended.err.is_empty(), "{ended:?}");
    let expected = "\
Commands, each with its id; the last is the first once more:
  1 Put { shelf: shelf-a, items: 40 }: done, commit 2:1
  2 Put { shelf: shelf-b, items: 25 }: done, commit 0:1
  3 Take { shelf: shelf-a, items: 30 }: done, commit 2:2
  4 Take { shelf: shelf-a, items: 30 }: refused: it holds only 10
  1 Put { shelf: shelf-a, items: 40 }: done before
The read model, made from the log:
  [Text(\"shelf-b\"), Int(25)]
  [Text(\"shelf-a\"), Int(10)]
";
    assert_eq!(ended.out, expected);
}

#[test]
fn it_is_read_in_five_minutes() {
    let lines = include_str!("../own_aggregate.rs").lines().count();
    assert!(lines < 150, "{lines} lines");
}
