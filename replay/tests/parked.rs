//! A parked event is shown whole, and dropped alone.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod log;

use std::sync::Arc;

use log::{Raw, event, event_of, store_of};
use tidings_domain::Position;
use tidings_eventstore::{EventStore, SqliteLog};
use tidings_projections::sqlite::SqliteReadModel;
use tidings_projections::{Parked, Projector, ReadModel, Retried, social};
use tidings_replay::{ParkedError, ParkedId, Skipped, retry_parked, show_parked, skip_parked};

const POST: &str = "post-01930000-0000-7000-8000-00000000000a";
const TEXT: &str = r#"{"post":"01930000-0000-7000-8000-00000000000a","text":"new"}"#;

/// A post whose second commit has an event that nobody can read, before one that can be; and another such post.
struct Setup {
    folder: tempfile::TempDir,
    raw: Raw,
    store: EventStore,
    model: Arc<dyn ReadModel>,
    at: Position,
}

impl Setup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut raw = Raw::random(2, 200);
        raw.append(POST, vec![event("PostEdited", TEXT)]);
        let at = raw.append(
            POST,
            vec![event("PostEdited", TEXT), event_of("PostEdited", 9, TEXT), event("PostEdited", TEXT)],
        );
        raw.append(POST, vec![event("PostEdited", TEXT)]);
        raw.append("post-01930000-0000-7000-8000-00000000000b", vec![event("PostAdored", "{}")]);
        let store = store_of(raw.log().await);
        let model: Arc<dyn ReadModel> = Arc::new(SqliteReadModel::open(folder.path()).unwrap());
        let mut projector = Projector::attach(model.clone(), social::group(), 2).await.unwrap();
        for partition in 0..2 {
            let commits = store.read_partition(partition, 0, 10_000).await.unwrap().commits;
            let events: Vec<_> = commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
            projector.apply(&events, store.world().now()).await.unwrap();
        }
        assert_eq!(model.parked(social::NAME).await.unwrap().len(), 4);
        Self { folder, raw, store, model, at }
    }

    async fn skip(&self, id: ParkedId) -> Result<Skipped, ParkedError> {
        skip_parked(&self.store, self.model.clone(), social::group(), id).await
    }

    async fn parked(&self) -> Vec<Parked> {
        self.model.parked(social::NAME).await.unwrap()
    }
}

#[test]
fn a_parked_event_is_named_by_its_position_and_place() {
    for text in ["3:42", "3:42/1"] {
        assert_eq!(text.parse::<ParkedId>().unwrap().to_string(), text);
    }
    for text in ["", "3", "3:42/", "3:42/x", "/1", "3:42/1/2"] {
        assert!(text.parse::<ParkedId>().unwrap_err().to_string().contains("such as 3:42"), "{text}");
    }
}

#[tokio::test]
async fn a_parked_event_is_shown_with_its_data_and_what_waits_behind_it() {
    let setup = Setup::new().await;
    let (at, group) = (setup.at, social::group());
    let show = async |index| {
        show_parked(&setup.store, &*setup.model, &group, ParkedId { position: at, index }).await
    };
    let shown = show(Some(1)).await.unwrap();
    assert!(shown.parked.error.contains("schema 9"), "{shown:?}");
    assert_eq!((&*shown.event.event.data, shown.event.event.schema, shown.event.version), (TEXT, 9, 3));
    let behind: Vec<_> = shown.behind.iter().map(|p| (p.position.number - at.number, p.index)).collect();
    assert_eq!(behind, [(0, 2), (behind[1].0, 0)]);
    let last = show(Some(2)).await.unwrap();
    assert_eq!((last.before.len(), last.behind.len()), (1, 1));
    let several = show(None).await.unwrap_err().to_string();
    assert!(several.contains(&format!("2 events are parked at {at}; say which: {at}/1")), "{several}");
    assert!(show(Some(0)).await.unwrap_err().to_string().contains("no event is parked at"));
}

#[tokio::test]
async fn a_parked_event_is_dropped_alone_and_those_behind_it_are_tried_when_asked_for() {
    let setup = Setup::new().await;
    let id = ParkedId { position: setup.at, index: Some(1) };
    let before = setup.model.checkpoint(social::NAME).await.unwrap();
    let skipped = setup.skip(id).await.unwrap();
    assert_eq!((skipped.parked.index, skipped.behind, skipped.left), (1, 2, 3));
    let after = setup.model.checkpoint(social::NAME).await.unwrap();
    assert_eq!(before.numbers, after.numbers);
    assert_ne!(before.parked_epoch, after.parked_epoch, "other workers learn of it");
    assert!(setup.skip(id).await.unwrap_err().to_string().contains("no event is parked at"), "it is gone");
    let retried = retry_parked(&setup.store, setup.model.clone(), social::group()).await.unwrap();
    assert_eq!(retried, Retried { applied: 2, parked: 1 });
    let left = setup.parked().await;
    assert_eq!(setup.skip(ParkedId { position: left[0].position, index: None }).await.unwrap().left, 0);
    assert!(setup.parked().await.is_empty());
}

#[tokio::test]
async fn of_two_that_drop_the_same_event_one_does() {
    let setup = Setup::new().await;
    let id = ParkedId { position: setup.at, index: Some(1) };
    let (one, other) = tokio::join!(setup.skip(id), setup.skip(id));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    assert_eq!(setup.parked().await.len(), 3);
}

#[tokio::test]
async fn the_program_shows_and_drops_them_and_ends_with_4_while_some_stay_parked() {
    let setup = Setup::new().await;
    let log = SqliteLog::create_or_open(setup.folder.path(), 2).unwrap();
    setup.raw.fill(&log).await;
    log.close().await;
    let url = format!("sqlite:{}", setup.folder.path().display());
    let replay = |arguments: &[&str]| {
        let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_replay"));
        let output =
            program.args(["--store", &url, "--views", &url, "parked"]).args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let at = format!("{}/1", setup.at);
    let (code, shown) = replay(&["show", &at]);
    assert_eq!(code, Some(0));
    for says in [&at, "knows only up to 1", "version 3 of its stream, schema 9", TEXT, "2 parked behind it:"]
    {
        assert!(shown.contains(says), "{says}: {shown}");
    }
    let (code, json) = replay(&["--json", "show", &at]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (code, &json["data"]["text"], &json["behind"][0]["index"]),
        (Some(0), &"new".into(), &2.into())
    );
    let (code, skipped) = replay(&["skip", &at]);
    assert!(code == Some(4) && skipped.contains("dropped for good: PostEdited of post-"), "{skipped}");
    assert!(
        skipped.contains("3 events stay parked") && skipped.contains("2 of them wait behind it"),
        "{skipped}"
    );
    assert_eq!(replay(&["skip", &at]).0, Some(1), "it is gone");
    assert_eq!(replay(&["retry"]), (Some(4), "2 events are applied now, 1 stays parked\n".into()));
    let left = setup.parked().await[0].position.to_string();
    assert_eq!(replay(&["skip", &left]).0, Some(0));
    assert_eq!(replay(&["list"]), (Some(0), "no event is parked\n".into()));
}
