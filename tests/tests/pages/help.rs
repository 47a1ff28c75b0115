use serde_json::Value;
use tidings_domain::Limits;
use tidings_domain::catalogue::{self, catalogue};
use tidings_projections::queries;
use tidings_tests::{Talk, Tidings, folder};

/// The line under "Paste this:".
async fn example(talk: &mut Talk, name: &str) -> String {
    let help = talk.help(name).await;
    let (_, line) = help.split_once("Paste this:\n").unwrap_or_else(|| panic!("help {name}: {help}"));
    line.trim_end().to_owned()
}

async fn fresh() -> (tempfile::TempDir, Tidings) {
    let data = folder();
    let moderator = catalogue::EXAMPLE_USER;
    let moderate = |command: &mut std::process::Command| {
        command.args(["--moderator", moderator]);
    };
    let tidings = Tidings::start_with(data.path(), moderate).await;
    (data, tidings)
}

#[tokio::test]
async fn every_example_of_a_command_works_when_it_is_pasted() {
    let (_data, tidings) = fresh().await;
    let mut talk = tidings.commander().await;
    // An order that makes sense: things are there before they are changed, and gone at the end.
    let order = [
        "CreatePost",
        "EditPost",
        "HidePost",
        "UnhidePost",
        "AddComment",
        "EditComment",
        "Like",
        "Unlike",
        "StageClip",
        "FailClip",
        "StageClip",
        "PublishClip",
        "EditClip",
        "SetClipVisibility",
        "RecordView",
        "ShareClip",
        "Follow",
        "Unfollow",
        "RemoveComment",
        "DeletePost",
        "DeleteClip",
    ];
    for name in order {
        let line = example(&mut talk, name).await;
        let reply = talk.line(&line).await;
        assert_eq!(reply["ok"], true, "{name}: {line} was answered {reply}");
        assert_eq!(reply["unchanged"], Value::Null, "{name}: {line} shows something: {reply}");
    }
    for command in catalogue(&Limits::default()) {
        assert!(order.contains(&command.name), "{} is not tried", command.name);
    }
}

#[tokio::test]
async fn every_example_of_a_query_is_understood_when_it_is_pasted() {
    let (_data, tidings) = fresh().await;
    let mut talk = tidings.asker().await;
    for query in queries::catalogue() {
        let line = example(&mut talk, query.name).await;
        let reply = talk.line(&line).await;
        // Nothing is there yet.
        let understood = reply["ok"] == true || reply["error"]["code"] == "not_found";
        assert!(understood, "{}: {line} was answered {reply}", query.name);
    }
}

#[tokio::test]
async fn help_names_everything_and_every_field_with_type_and_limits() {
    let (_data, tidings) = fresh().await;
    let (mut commander, mut asker) = (tidings.commander().await, tidings.asker().await);
    let (commands, questions) = (commander.help("").await, asker.help("").await);
    for command in catalogue(&Limits::default()) {
        assert!(commands.contains(command.name) && commands.contains(command.summary), "{}", command.name);
        let page = commander.help(command.name).await;
        for field in command.fields {
            let line = page.lines().find(|line| line.trim_start().starts_with(&format!("{} ", field.name)));
            let line = line.unwrap_or_else(|| panic!("{} in {page}", field.name));
            assert!(line.contains(field.kind) && line.contains(&field.limits), "{line}");
            let need = field.default.unwrap_or("required");
            assert!(line.contains(need), "{line}");
        }
    }
    for query in queries::catalogue() {
        assert!(questions.contains(query.name), "{}", query.name);
        let page = asker.help(query.name).await;
        for field in query.fields {
            let line = page.lines().find(|line| line.trim_start().starts_with(&format!("{} ", field.name)));
            let line = line.unwrap_or_else(|| panic!("{} in {page}", field.name));
            assert!(line.contains(field.kind) && line.contains(field.limits), "{line}");
        }
    }
    let nothing = commander.help("CreatPost").await;
    assert!(nothing.contains("CreatPost") && nothing.contains("help"), "{nothing}");
}
