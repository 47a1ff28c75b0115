use std::path::Path;

use tidings_tests::{Tidings, folder, run};

/// Runs it where it cannot run; gives what it says.
async fn refused(data: &Path, arguments: &[&str]) -> String {
    let data = data.to_str().unwrap();
    let mut all = vec!["--data", data, "--commands", "127.0.0.1:0", "--queries", "127.0.0.1:0"];
    all.extend(arguments);
    let output = run("tidings", all).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stdout, "");
    assert_eq!(output.stderr.lines().count(), 1, "one line, no panic: {}", output.stderr);
    output.stderr
}

#[tokio::test]
async fn a_second_process_on_a_folder_is_told_which_file_is_in_use_and_by_whom() {
    let data = folder();
    let first = Tidings::start(data.path()).await;
    let said = refused(data.path(), &[]).await;
    assert!(said.contains("log.sqlite is open for writing"), "{said}");
    assert!(said.contains(&format!("process {}", first.process.id())), "{said}");
    first.commander().await.ping().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_what_to_do() {
    let (data, other) = (folder(), folder());
    let first = Tidings::start(data.path()).await;
    for (flag, taken) in [("--commands", first.commands), ("--queries", first.queries)] {
        let data = other.path().to_str().unwrap();
        let free = if flag == "--commands" { "--queries" } else { "--commands" };
        let output = run("tidings", ["--data", data, flag, &taken.to_string(), free, "127.0.0.1:0"]).await;
        assert_eq!(output.code, Some(1), "{output:?}");
        assert!(output.stderr.contains(&format!("cannot listen on {taken}")), "{output:?}");
        assert!(output.stderr.contains("in use"), "{output:?}");
        assert!(output.stderr.contains(flag), "the flag to change is named: {output:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_named() {
    let output = run("tidings", ["--commands", "nowhere"]).await;
    assert_ne!(output.code, Some(0));
    assert!(output.stderr.contains("nowhere"), "{output:?}");
    assert!(!output.stderr.contains("panicked"), "{output:?}");
}

#[tokio::test]
async fn help_names_every_flag_with_its_default_and_its_variable() {
    let output = run("tidings", ["--help"]).await;
    assert_eq!(output.code, Some(0));
    for words in
        ["--data", "TIDINGS_DATA", "./tidings-data", "127.0.0.1:7401", "127.0.0.1:7402", "--moderator"]
    {
        assert!(output.stdout.contains(words), "{words} in {}", output.stdout);
    }
    assert_eq!(run("tidings", ["--version"]).await.code, Some(0));
}

#[tokio::test]
async fn a_bad_flag_value_is_refused_before_anything_is_made() {
    let data = folder();
    let place = data.path().join("new");
    let data = place.to_str().unwrap();
    for (flag, value) in [("--partitions", "many"), ("--partitions", "70000"), ("--moderator", "me")] {
        let output = run("tidings", ["--data", data, flag, value]).await;
        assert_eq!(output.code, Some(2), "{flag} {value}: {output:?}");
        assert!(output.stderr.contains(flag) && output.stderr.contains(value), "{output:?}");
    }
    let output = run("tidings", ["--data", data, "--partition", "3"]).await;
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("--partitions"), "what is alike is named: {output:?}");
    assert!(!place.exists(), "nothing was made");
}

#[tokio::test]
async fn a_number_that_makes_no_sense_is_refused_with_what_is_allowed() {
    let (partitions, least) = ("a log has 1 to 256 partitions", "give a whole number, 1 at least");
    for (program, flag, value, allowed) in [
        ("tidings", "--partitions", "0", partitions),
        ("tidings-command-host", "--partitions", "257", partitions),
        ("tidings-command-host", "--cache", "0", least),
        ("tidings-projection-host", "--check-ms", "0", least),
    ] {
        let output = run(program, [flag, value]).await;
        assert_eq!(output.code, Some(2), "{program} {flag} {value}: {output:?}");
        assert!(output.stderr.contains(flag) && output.stderr.contains(allowed), "{output:?}");
    }
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_named() {
    let data = folder();
    let file = data.path().join("data");
    std::fs::write(&file, "not a folder").unwrap();
    let said = refused(&file, &[]).await;
    assert!(said.contains(file.to_str().unwrap()), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder", "it is as it was");
}
