use tidings_tests::{Disk, Fault, Ledger, Output, Tidings, audit, command, run_with};
use uuid::Uuid;

async fn start(disk: &Disk) -> Output {
    let data = disk.data();
    let arguments =
        ["--data", data.to_str().unwrap(), "--commands", "127.0.0.1:0", "--queries", "127.0.0.1:0"];
    run_with("tidings", arguments, |command| disk.on(command)).await
}

/// It ends with one line that says this.
fn assert_refused(output: &Output, words: &[&str]) {
    assert_eq!(output.code, Some(1), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 1, "one line, no panic: {output:?}");
    for words in words {
        assert!(output.stderr.contains(words), "{words} in {output:?}");
    }
}

/// Writes a little on a disk that is well.
async fn used(disk: &Disk) -> Ledger {
    let mut ledger = Ledger::default();
    let tidings = Tidings::start_with(&disk.data(), |command| disk.on(command)).await;
    let mut talk = tidings.commander().await;
    for number in 0..20 {
        let data = serde_json::json!({ "text": format!("post {number}") });
        ledger.note(&talk.ok(&command("CreatePost", Uuid::now_v7(), data)).await);
    }
    audit(&disk.data(), &ledger).await;
    ledger
}

#[tokio::test]
async fn on_a_full_disk_it_says_so_and_starts_when_there_is_room() {
    let disk = Disk::new();
    disk.fails(Fault::Full);
    assert_refused(&start(&disk).await, &["no room on the disk", disk.data().to_str().unwrap()]);
    disk.works();
    used(&disk).await;
}

#[tokio::test]
async fn on_a_disk_that_became_full_it_says_so_and_all_is_there_when_there_is_room() {
    let disk = Disk::new();
    let ledger = used(&disk).await;
    disk.fails(Fault::Full);
    assert_refused(&start(&disk).await, &["no room on the disk", disk.data().to_str().unwrap()]);
    disk.works();
    let tidings = Tidings::start(&disk.data()).await;
    audit(&disk.data(), &ledger).await;
    drop(tidings);
}

#[tokio::test]
async fn on_a_read_only_folder_it_says_so() {
    let disk = Disk::new();
    disk.fails(Fault::ReadOnly);
    assert_refused(&start(&disk).await, &["cannot be written to", disk.data().to_str().unwrap()]);
    disk.works();
    let ledger = used(&disk).await;
    disk.fails(Fault::ReadOnly);
    assert_refused(&start(&disk).await, &["cannot be written to", disk.data().to_str().unwrap()]);
    disk.works();
    let tidings = Tidings::start(&disk.data()).await;
    audit(&disk.data(), &ledger).await;
    drop(tidings);
}

#[tokio::test]
async fn without_room_for_the_read_models_it_says_so() {
    let disk = Disk::new();
    disk.fails_at(Fault::Full, "views");
    assert_refused(&start(&disk).await, &["read model", "No space", disk.data().to_str().unwrap()]);
    disk.works();
    used(&disk).await;
}
