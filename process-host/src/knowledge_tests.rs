use tidings_domain::testing::sample;
use tidings_domain::{Encoded, Event, StreamId, comment, like, post};
use tidings_eventstore::{Append, MemoryLog};
use tidings_projections::sqlite::InMemory;
use tidings_projections::{Projector, ReadModel};
use tidings_world::{Seeded, World};
use uuid::Uuid;

use super::*;

const PARTITIONS: u16 = 2;

/// A log, and a read model that sees of it what it is shown.
struct Site {
    world: Arc<Seeded>,
    store: EventStore,
    model: InMemory,
    knowledge: Knowledge,
}

impl Site {
    async fn new() -> Self {
        let world = Arc::new(Seeded::new(1));
        let log = Arc::new(MemoryLog::new(PARTITIONS));
        let store = EventStore::start(log, world.clone(), Default::default());
        let model = InMemory::new().unwrap();
        model.attach(&social::group(), PARTITIONS.into()).await.unwrap();
        let knowledge = Knowledge::new(store.clone(), Arc::new(model.clone()), world.clone());
        Self { world, store, model, knowledge }
    }

    async fn append(&self, stream: StreamId, expected: u64, event: Encoded) {
        let command = self.world.id();
        let (events, correlation, causation, actor) = (vec![event], command, None, Uuid::nil());
        let append =
            Append { stream, expected, events, command, correlation, causation, actor, occurred_at: None };
        self.store.append(append).await.unwrap();
    }

    async fn post(&self) {
        let created = sample::post_created(1, sample::user(1)).encode();
        self.append(post::stream(sample::post(1)), 0, created).await;
    }

    async fn comment(&self, n: u32, on: impl Into<Target>) {
        let added = sample::comment_added(n, sample::user(n), on).encode();
        self.append(comment::stream(sample::comment(n)), 0, added).await;
    }

    async fn like(&self, n: u32, of: impl Into<Target> + Copy) {
        let (user, of) = (sample::user(n), of.into());
        self.append(like::stream(user, of), 0, sample::liked(user, of).encode()).await;
    }

    /// Shows the read model all of the log.
    async fn project(&self) {
        let model = Arc::new(self.model.clone());
        let mut projector = Projector::attach(model, social::group(), PARTITIONS).await.unwrap();
        let seen = projector.checkpoint().numbers.clone();
        for (partition, number) in (0..).zip(seen) {
            let commits = self.store.read_partition(partition, number, 10_000).await.unwrap().commits;
            let events: Vec<_> = commits.iter().flat_map(|commit| commit.recorded()).map(Arc::new).collect();
            projector.apply(&events, self.world.now()).await.unwrap();
        }
    }

    async fn subject(&self, n: u32) -> Result<Subject, KnowledgeError> {
        let (what, to) = (Attached::Like(sample::user(9)), sample::post(n).into());
        let answer = self.knowledge.answer(&Question::Lives { what, to }, None, &Heads::new()).await?;
        match answer {
            (Answer::Subject(subject), None) => Ok(subject),
            other => panic!("{other:?}"),
        }
    }

    /// The pages of what is attached.
    async fn attached(&self, to: impl Into<Target>) -> Result<Vec<Vec<Attached>>, KnowledgeError> {
        let question = Question::Attached { to: to.into(), author: sample::user(1) };
        let (mut pages, mut next, heads) = (Vec::new(), None, Heads::new());
        loop {
            let (answer, more) = self.knowledge.answer(&question, next, &heads).await?;
            match answer {
                Answer::Attached(page) => pages.push(page),
                other => panic!("{other:?}"),
            }
            match more {
                Some(more) => next = Some(more),
                None => return Ok(pages),
            }
        }
    }
}

#[tokio::test]
async fn a_target_is_what_its_stream_says_whatever_the_read_model_has_seen() {
    let site = Site::new().await;
    assert_eq!(site.subject(1).await, Ok(Subject::default()), "it never was");
    site.post().await;
    assert_eq!(site.subject(1).await, Ok(Subject::by(sample::user(1))));
    let (post, author) = (sample::post(1), sample::user(1));
    let deleted = post::Event::PostDeleted { post, author, by: author };
    site.append(post::stream(post), 1, deleted.encode()).await;
    assert_eq!(site.subject(1).await, Ok(Subject { deleted: true, ..Subject::by(author) }));
}

#[tokio::test]
async fn a_stream_that_cannot_be_understood_is_told_from_a_log_that_is_away() {
    let site = Site::new().await;
    let newer = Encoded { name: "PostCreated".into(), schema: 99, data: "{}".into() };
    site.append(post::stream(sample::post(1)), 0, newer).await;
    let unreadable = site.subject(1).await;
    assert!(matches!(unreadable, Err(KnowledgeError::Unreadable(_))), "{unreadable:?}");
    let away = KnowledgeError::from(ReadError::Unavailable("gone".into()));
    assert!(matches!(&away, KnowledgeError::Away(why) if why.contains("gone")), "{away:?}");
    let damaged = ReadError::Damaged { place: "0:1".into(), cause: "bytes".into() };
    assert!(matches!(KnowledgeError::from(damaged), KnowledgeError::Unreadable(_)));
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_a_post_is_told_page_by_page_comments_before_likes() {
    let site = Site::new().await;
    site.post().await;
    for n in 1..=101 {
        site.comment(n, sample::post(1)).await;
    }
    site.like(7, sample::post(1)).await;
    site.like(8, sample::comment(1)).await;
    site.project().await;
    let pages = site.attached(sample::post(1)).await.unwrap();
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [100, 1, 1]);
    let mut comments: Vec<_> = pages[..2].concat();
    let mut all: Vec<_> = (1..=101).map(|n| Attached::Comment(sample::comment(n))).collect();
    let id = |attached: &Attached| format!("{attached:?}");
    comments.sort_by_key(id);
    all.sort_by_key(id);
    assert_eq!(comments, all);
    assert_eq!(pages[2], [Attached::Like(sample::user(7))]);
    assert_eq!(site.attached(sample::comment(1)).await, Ok(vec![vec![Attached::Like(sample::user(8))]]));
    assert_eq!(site.attached(sample::comment(2)).await, Ok(vec![vec![]]), "answers go with its target");
}

#[tokio::test(start_paused = true)]
async fn what_hangs_on_a_target_is_told_only_by_a_read_model_that_has_seen_the_end_of_the_log() {
    let site = Site::new().await;
    site.post().await;
    site.project().await;
    site.comment(1, sample::post(1)).await;
    let (begun, behind) = (Instant::now(), site.attached(sample::post(1)).await);
    assert_eq!(behind, Err(KnowledgeError::Away("the read model is behind the log".into())));
    assert!(begun.elapsed() >= BEHIND, "it waited for it");

    let (pages, ()) = tokio::join!(site.attached(sample::post(1)), async {
        tokio::time::sleep(BEHIND / 2).await;
        site.project().await;
    });
    assert_eq!(pages, Ok(vec![vec![Attached::Comment(sample::comment(1))], vec![]]));
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_the_end_was_looked_up_is_waited_for_by_nobody() {
    let site = Site::new().await;
    site.post().await;
    site.project().await;
    let (question, heads) =
        (Question::Attached { to: sample::post(1).into(), author: sample::user(1) }, Heads::new());
    let (_, next) = site.knowledge.answer(&question, None, &heads).await.unwrap();
    // Found by whoever looks whether its target still lives.
    site.like(1, sample::post(1)).await;
    for next in [next, None] {
        assert!(site.knowledge.answer(&question, next, &heads).await.is_ok());
    }
}
