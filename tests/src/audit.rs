//! Opens what the programs left and proves that it is right.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tidings_domain::Timestamp;
use tidings_eventstore::{Commit, EventStore, Log, verify};
use tidings_projections::queries::Query;
use tidings_projections::social;
use tidings_projections::sqlite::SqliteReader;
use tidings_replay::{Options, Rebuild, SqliteShadows, Swap};
use tidings_wiring::{StoreUrl, ViewsUrl};
use tidings_world::{Handle, System};
use uuid::Uuid;

use crate::{Ledger, Tables, Urls, folder, until};

/// The commits of a log by command, having proven that each partition is as it was written and that no command
/// is there twice.
///
/// # Panics
/// When it is not so.
pub async fn log_of(data: &Path) -> BTreeMap<Uuid, Arc<Commit>> {
    log_at(&Urls::embedded(data)).await
}

/// As [`log_of`], of any store.
///
/// # Panics
/// When it is not so.
pub async fn log_at(urls: &Urls) -> BTreeMap<Uuid, Arc<Commit>> {
    let open = urls.store.parse::<StoreUrl>().unwrap().open_to_read().await.unwrap();
    let commits = commits_of(&*open.log()).await;
    open.close().await;
    commits
}

async fn commits_of(log: &dyn Log) -> BTreeMap<Uuid, Arc<Commit>> {
    let mut commits = BTreeMap::new();
    for partition in 0..log.shape().partitions {
        let report = verify(log, partition, |_| {}).await.unwrap();
        let mut after = 0;
        while after < report.commits {
            let slice = log.read_partition(partition, after, 1_000).await.unwrap();
            for commit in slice.commits.into_iter().take_while(|c| c.position.number <= report.commits) {
                after = commit.position.number;
                let again = commits.insert(commit.command, commit);
                assert!(again.is_none(), "a command is in the log twice: {again:?}");
            }
        }
    }
    commits
}

/// Audits a folder of data on which nobody writes at the moment: the log is as it was written; each acknowledged
/// command is in it once, where its reply says; the read model catches up, equals one rebuilt from the log, has
/// parked nothing, and its counters equal its rows. Gives the log and the tables.
///
/// # Panics
/// When it is not so.
pub async fn audit(data: &Path, ledger: &Ledger) -> (BTreeMap<Uuid, Arc<Commit>>, Tables) {
    let urls = Urls::embedded(data);
    let commits = log_at(&urls).await;
    ledger.assert_in(&commits);
    let elsewhere = audit_views(&urls).await;
    // Also what no reader shows, such as what is parked; but each generation counts its parked epochs from a beginning
    // of its own.
    let raw = |folder: &Path| Tables::of(folder).without("projection_groups");
    raw(data).assert_same(&raw(elsewhere.path()), "live projection and a rebuild");
    (commits, raw(data))
}

/// As [`audit`], of any stores; the tables are as a reader shows them.
///
/// # Panics
/// When it is not so.
pub async fn audit_at(urls: &Urls, ledger: &Ledger) -> (BTreeMap<Uuid, Arc<Commit>>, Tables) {
    let commits = log_at(urls).await;
    ledger.assert_in(&commits);
    audit_views(urls).await;
    let reader = urls.views.parse::<ViewsUrl>().unwrap().open_to_read().await.unwrap();
    (commits, Tables::shown_by(&*reader).await)
}

/// Gives the folder of the read model that was rebuilt, embedded, to compare with.
async fn audit_views(urls: &Urls) -> tempfile::TempDir {
    let world: Handle = Arc::new(System::new());
    let open = urls.store.parse::<StoreUrl>().unwrap().open_to_read().await.unwrap();
    let store = EventStore::start(open.log(), world.clone(), Default::default());
    let mut heads = Vec::new();
    for partition in 0..store.partitions() {
        heads.push(store.head(partition).await.unwrap().number);
    }
    let reader = urls.views.parse::<ViewsUrl>().unwrap().open_to_read().await.unwrap();
    until("the read model is where the log is", async || {
        let checkpoint = reader.checkpoint(social::NAME).await.ok()?;
        (checkpoint.numbers == heads).then_some(())
    })
    .await;
    let tables = Tables::shown_by(&*reader).await;
    let elsewhere = folder();
    let mut shadows = SqliteShadows::new(elsewhere.path());
    let options = Options::default();
    let rebuild = Rebuild { store: &store, world: &world, group: social::group(), options };
    let rebuilt = rebuild.run(&mut shadows, Swap::Unproven, |_| {}).await;
    assert_eq!(rebuilt.unwrap().parked, 0, "nothing is parked");
    let rebuilt = Tables::shown_by(&SqliteReader::open(elsewhere.path()).unwrap()).await;
    tables.assert_same(&rebuilt, "live projection and a rebuild");
    let query = Query::parse("CounterAudit", "{}", Timestamp::from_millis(0)).unwrap();
    let rows = reader.select(social::NAME, &[], query.select()).await.unwrap().unwrap();
    assert_eq!(query.answer(rows).unwrap().data, "[]", "every counter equals the rows that it counts");
    drop(store);
    open.close().await;
    elsewhere
}
