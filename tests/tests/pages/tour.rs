use tidings_projections::sqlite::Generations;
use tidings_tests::{Signal, Tidings, folder, run};

use crate::page::{blocks, read, tried};

#[tokio::test]
async fn every_example_of_the_protocol_page_answers_as_it_says() {
    let data = folder();
    let tidings = Tidings::start(data.path()).await;
    let count = tried("docs/protocol.md", &tidings).await;
    let names = tidings_domain::catalogue::catalogue(&Default::default()).len()
        + tidings_projections::queries::catalogue().count();
    assert!(count >= names, "{count} examples for {names} commands and queries");
}

#[tokio::test]
async fn the_tour_of_the_readme_goes_as_it_says_word_by_word() {
    let (data, page) = (folder(), read("README.md"));
    let mut tidings = Tidings::start(data.path()).await;
    assert!(tried("README.md", &tidings).await >= 10);

    let mut commander = tidings.commander().await;
    let texts = blocks(&page).into_iter().filter(|block| block.kind == "text");
    let mut helped = 0;
    for block in texts {
        let shown: Vec<String> = block.lines.into_iter().map(|(_, line)| line).collect();
        let Some((name, _)) = shown[0].split_once(": ") else { continue };
        assert_eq!(commander.help(name).await.trim_end(), shown.join("\n"), "help {name}");
        helped += 1;
    }
    assert_eq!(helped, 1, "the page shows the help of a command");

    // `cargo run … -p tidings-replay -- rebuild`, while it runs.
    let url = format!("sqlite:{}", data.path().display());
    let rebuilt = run("replay", ["rebuild", "--store", &url, "--views", &url]).await;
    assert_eq!(rebuilt.code, Some(0), "{rebuilt:?}");
    assert!(rebuilt.stdout.contains("swapped in"), "{rebuilt:?}");

    // The statement for the SQLite shell.
    let line = page.lines().find(|line| line.starts_with("sqlite3 ")).unwrap();
    let sql = line.split('\'').nth(1).unwrap();
    let generations = Generations::new(data.path());
    let views =
        rusqlite::Connection::open(generations.file(generations.current().unwrap().unwrap())).unwrap();
    let row = views.query_row(sql, (), |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))).unwrap();
    assert_eq!(row, (1, 1), "a like and a comment");

    tidings.process.signal(Signal::INT);
    assert_eq!(tidings.process.ended().await.code(), Some(0));
}
