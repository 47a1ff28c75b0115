//! `replay verify` sees what is damaged where no scan of a table looks: in the indexes of SQLite's files.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;
mod program;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use log::Raw;
use program::{run, says};
use rusqlite::Connection;
use tidings_eventstore::SqliteLog;

/// Overwrites bytes of the root page of the largest index, from an offset on.
fn damage(file: &Path, from: u64, with: impl Fn(&mut u8)) {
    let connection = Connection::open(file).unwrap();
    let _: String = connection.query_row("PRAGMA journal_mode = DELETE", (), |row| row.get(0)).unwrap();
    let size: u32 = connection.query_row("PRAGMA page_size", (), |row| row.get(0)).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE type = 'index' ORDER BY rootpage LIMIT 1";
    let page: u32 = connection.query_row(sql, (), |row| row.get(0)).unwrap();
    let (size, page) = (u64::from(size), u64::from(page));
    drop(connection);
    let mut bytes = vec![0; 16];
    let mut file = File::options().read(true).write(true).open(file).unwrap();
    let place = SeekFrom::Start((page - 1) * size + from.min(size - 16));
    file.seek(place).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes.iter_mut().for_each(with);
    file.seek(place).unwrap();
    file.write_all(&bytes).unwrap();
}

async fn system(folder: &Path) -> String {
    let log = SqliteLog::create_or_open(folder, 1).unwrap();
    Raw::random(1, 3_000).fill(&log).await;
    log.close().await;
    let views = format!("sqlite:{}", folder.display());
    let output = run(folder, &["rebuild", "--views", &views]);
    assert!(output.status.success(), "{}", says(&output));
    let sound = run(folder, &["verify", "--views", &views]);
    assert!(sound.status.success(), "{}", says(&sound));
    views
}

#[tokio::test]
async fn a_damaged_index_of_the_log_or_the_read_model_is_told() {
    let whole = tempfile::tempdir().unwrap();
    let _ = system(whole.path()).await;
    // Zeros where cells are pointed to, and others where keys stand.
    let zeros = |byte: &mut u8| *byte = 0;
    let other = |byte: &mut u8| *byte ^= 0x55;
    for (name, only) in [("log.sqlite", "--log-only"), ("views-1.sqlite", "--views-only")] {
        for (from, with) in [(8, &zeros as &dyn Fn(&mut u8)), (u64::MAX, &other)] {
            let copy = tempfile::tempdir().unwrap();
            for entry in std::fs::read_dir(whole.path()).unwrap() {
                let entry = entry.unwrap();
                std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
            }
            let views = format!("sqlite:{}", copy.path().display());
            damage(&copy.path().join(name), from, with);
            let output = run(copy.path(), &["verify", only, "--views", &views]);
            let said = says(&output);
            assert_eq!(output.status.code(), Some(3), "{name}: {said}");
            assert!(said.contains(&format!("{name} is damaged: ")), "{said}");
            let output = run(copy.path(), &["verify", only, "--views", &views, "--json"]);
            assert!(says(&output).contains(r#"{"damaged":{"#), "{}", says(&output));
        }
    }
}
