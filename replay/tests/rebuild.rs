//! A rebuild gives row for row what live projection gave: in SQLite files.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod support;

use std::io::{Seek, Write};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use support::{System, Views};
use tempfile::TempDir;
use tidings_projections::sqlite::{Generations, SqliteReadModel, SqliteReader};
use tidings_projections::{ReadModel, Reader, Table, social};
use tidings_replay::{Proof, Shadows, SqliteShadows, Swap};

struct Folder(Arc<TempDir>);

impl Folder {
    fn new() -> Self {
        Self(Arc::new(tempfile::tempdir().unwrap()))
    }

    fn aside(&self) -> PathBuf {
        self.0.path().join("aside")
    }
}

#[async_trait]
impl Views for Folder {
    fn model(&self) -> Arc<dyn ReadModel> {
        Arc::new(SqliteReadModel::open(self.0.path()).unwrap())
    }

    fn reader(&self) -> Arc<dyn Reader> {
        Arc::new(SqliteReader::open(self.0.path()).unwrap())
    }

    fn shadows(&self) -> Box<dyn Shadows> {
        Box::new(SqliteShadows::new(self.0.path()))
    }

    async fn generation(&self) -> u64 {
        Generations::new(self.0.path()).current().unwrap().unwrap()
    }

    fn aside(&self) -> Box<dyn Shadows> {
        Box::new(SqliteShadows::new(Folder::aside(self)))
    }

    async fn texts(&self, aside: bool) -> Vec<Vec<String>> {
        let generations = Generations::new(if aside { Folder::aside(self) } else { self.0.path().into() });
        let file = generations.file(generations.current().unwrap().unwrap());
        let rows = rusqlite::Connection::open(file).unwrap();
        let texts = |table: Table| {
            let mut select = rows.prepare(&format!("SELECT * FROM {}", table.name)).unwrap();
            let width = select.column_count();
            let text = |row: &rusqlite::Row<'_>| {
                (0..width).map(|cell| row.get_ref(cell).map(|cell| format!("{cell:?} "))).collect()
            };
            select.query_map((), text).unwrap().collect::<Result<Vec<String>, _>>().unwrap()
        };
        social::group().tables().into_iter().map(texts).collect()
    }
}

#[tokio::test]
async fn a_rebuild_gives_row_for_row_what_live_projection_gave() {
    support::a_rebuild_gives_row_for_row_what_live_projection_gave(System::new(Folder::new())).await;
}

#[tokio::test]
async fn live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap() {
    support::live_projection_goes_on_from_a_rebuilt_read_model_without_a_gap(System::new(Folder::new()))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests() {
    support::a_rebuild_comes_to_an_end_beside_live_projection_that_never_rests(System::new(Folder::new()))
        .await;
}

#[tokio::test]
async fn a_rebuild_of_nothing_makes_the_first_read_model() {
    support::a_rebuild_of_nothing_makes_the_first_read_model(System::new(Folder::new())).await;
}

#[tokio::test]
async fn a_second_rebuild_at_once_is_refused() {
    support::a_second_rebuild_at_once_is_refused(System::new(Folder::new())).await;
}

#[tokio::test]
async fn a_read_model_that_lags_is_compared_where_it_stands() {
    support::a_read_model_that_lags_is_compared_where_it_stands(System::new(Folder::new())).await;
}

#[tokio::test]
async fn a_read_model_that_differs_is_not_swapped_in() {
    support::a_read_model_that_differs_is_not_swapped_in(System::new(Folder::new())).await;
}

#[tokio::test]
async fn what_was_is_built_again_aside() {
    support::what_was_is_built_again_aside(System::new(Folder::new())).await;
}

#[tokio::test]
async fn a_time_names_what_was_recorded_by_then() {
    support::a_time_names_what_was_recorded_by_then(System::new(Folder::new())).await;
}

#[tokio::test]
async fn what_was_in_use_is_kept_until_it_is_dropped() {
    support::what_was_in_use_is_kept_until_it_is_dropped(System::new(Folder::new())).await;
}

#[tokio::test]
async fn a_read_model_that_is_beyond_the_end_of_its_log_is_replaced() {
    what_an_older_log_replaces(50, "which the log does not have").await;
}

#[tokio::test]
async fn a_read_model_of_a_log_that_went_its_own_way_is_replaced() {
    what_an_older_log_replaces(600, "has seen another commit").await;
}

/// Where the older log has got so many events since.
async fn what_an_older_log_replaces(events: usize, why: &str) {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let system = System::new(Folder(folder.clone()));
    system.live(300).await;
    system.project_live().await;
    // A backup is brought back: another log under the same read model.
    let older = System::new(Folder(folder));
    older.live(events).await;
    let limit = std::time::Duration::from_secs(60);
    let refused =
        tokio::time::timeout(limit, older.rebuild(1 << 30)).await.expect("it waits for no other log");
    let Proof::Impossible(told) = &refused.proof else { panic!("{refused:?}") };
    assert!(told.contains(why) && !refused.swapped, "{refused:?}");
    let always = Swap::Always { differences: 0 };
    assert!(older.rebuild_of(social::group(), 1 << 30, always).await.swapped);
    let (_, rows) = older.rows().await;
    let apart = System { views: Box::new(Folder::new()), ..older };
    apart.project_live().await;
    assert_eq!(rows, apart.rows().await.1);
}

#[tokio::test]
async fn a_read_model_whose_pages_are_damaged_is_replaced_where_that_is_accepted() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let system = System::new(Folder(folder.clone()));
    system.live(1_500).await;
    system.project_live().await;
    let (_, rows) = system.rows().await;
    let file = Generations::new(folder.path()).file(1);
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'entries'";
    let page: u32 = connection.query_row(sql, (), |row| row.get(0)).unwrap();
    drop(connection);
    let mut damaged = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    damaged.seek(std::io::SeekFrom::Start((u64::from(page) - 1) * 4_096)).unwrap();
    damaged.write_all(&[0xff; 4_096]).unwrap();
    let refused = system.rebuild(1 << 30).await;
    assert!(matches!(refused.proof, Proof::Impossible(_)) && !refused.swapped, "{refused:?}");
    let always = Swap::Always { differences: 0 };
    assert!(system.rebuild_of(social::group(), 1 << 30, always).await.swapped);
    assert_eq!(system.rows().await.1, rows);
}

#[tokio::test]
async fn a_read_model_of_an_older_program_is_replaced_where_that_is_accepted() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let system = System::new(Folder(folder.clone()));
    system.live(50).await;
    system.project_live().await;
    let (_, rows) = system.rows().await;
    let connection = rusqlite::Connection::open(Generations::new(folder.path()).file(1)).unwrap();
    connection.execute_batch("ALTER TABLE parked DROP COLUMN tries").unwrap();
    drop(connection);
    let refused = system.rebuild(1 << 30).await;
    assert!(matches!(refused.proof, Proof::Impossible(_)) && !refused.swapped, "{refused:?}");
    let always = Swap::Always { differences: 0 };
    assert!(system.rebuild_of(social::group(), 1 << 30, always).await.swapped);
    assert_eq!(system.rows().await.1, rows);
}
