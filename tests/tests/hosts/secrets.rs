use std::process::Command;

use tidings_tests::run_with;

const PROGRAMS: [&str; 4] =
    ["tidings-command-host", "tidings-projection-host", "tidings-query-host", "replay"];

/// Runs a program that ends by itself; what it says, and its exit code.
async fn says(name: &str, arguments: &[&str], configure: impl FnOnce(&mut Command)) -> (String, Option<i32>) {
    let mut arguments = arguments.to_vec();
    if name == "replay" && !arguments.contains(&"--help") {
        arguments.push("rebuild");
    }
    let output = run_with(name, arguments, configure).await;
    (output.stdout + &output.stderr, output.code)
}

#[tokio::test]
async fn a_wrong_url_is_refused_without_its_password() {
    for name in PROGRAMS {
        for url in ["nosql://ann:s3cret@db:1/x", "ann:s3cret@db:1", "sqlit://ann:s3/c?ret@db?password=s3cret"]
        {
            let of_flag = format!("--store={url}");
            for arguments in [vec!["--store", url], vec![&of_flag], vec!["--stroe", url], vec![url]] {
                let (said, code) = says(name, &arguments, |_| {}).await;
                assert_eq!(code, Some(2), "{name} {arguments:?}: {said}");
                assert!(!said.contains("s3cret") && !said.contains("s3/c"), "{name} {arguments:?}: {said}");
            }
            let (said, code) = says(name, &[], |command| {
                command.env("TIDINGS_STORE", url);
            })
            .await;
            assert_eq!(code, Some(2), "{name} with {url} in the environment: {said}");
            assert!(said.contains("--store") && !said.contains("s3cret"), "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn a_url_that_is_half_right_is_refused_with_its_flag_and_what_is_expected() {
    for (name, flag, url, expected) in [
        ("tidings-command-host", "--bus", "kafka://h:1:2", "write kafka://HOST:PORT/TOPIC"),
        ("tidings-command-host", "--store", "mongodb://u:s3cret@h:0/d", "write mongodb://USER:PASSWORD@HOST"),
        ("tidings-command-host", "--advertise", "one.example", "this is not HOST:PORT"),
        ("tidings-command-host", "--ledger", "mssql://u:s3cret@h:1:2/d", "name the host: mssql://"),
        (
            "tidings-query-host",
            "--views",
            "postgres://u:s3cret@h/d?sslmode=verify-full",
            "write sslmode=disable",
        ),
    ] {
        let (said, code) = says(name, &[flag, url], |_| {}).await;
        assert_eq!(code, Some(2), "{name} {flag}: {said}");
        assert!(said.contains(flag) && said.contains(expected) && !said.contains("s3cret"), "{said}");
    }
}

#[tokio::test]
async fn help_tells_the_variables_of_urls_and_not_their_values() {
    for name in PROGRAMS {
        let set = |command: &mut Command| {
            for variable in ["TIDINGS_STORE", "TIDINGS_VIEWS", "TIDINGS_BUS"] {
                command.env(variable, "sqlite:./s3cret");
            }
            command.env("TIDINGS_BUS", "local");
        };
        let (said, code) = says(name, &["--help"], set).await;
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("TIDINGS_STORE") && !said.contains("s3cret"), "{said}");
    }
}
