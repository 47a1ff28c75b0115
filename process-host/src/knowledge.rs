//! What processes ask, and where it is found: streams in the log, what is attached in the read model.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use tidings_domain::process::{Answer, Attached, Question};
use tidings_domain::{CommentId, Fact, Position, Subject, Target, UserId};
use tidings_eventstore::{EventStore, ReadError};
use tidings_projections::queries::Query;
use tidings_projections::{Reader, social};
use tidings_world::Handle;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};

/// How long to wait for the read model to see what the log has.
const BEHIND: Duration = Duration::from_secs(5);

/// Where the questions of processes are answered.
pub struct Knowledge {
    store: EventStore,
    reader: Arc<dyn Reader>,
    world: Handle,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KnowledgeError {
    /// Log or read model do not answer, or the read model is behind. They may later.
    #[error("{0}")]
    Away(String),
    /// What the log holds cannot be understood.
    #[error("{0}")]
    Unreadable(String),
}

impl From<ReadError> for KnowledgeError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(_) => Self::Away(error.to_string()),
            ReadError::Damaged { .. } => Self::Unreadable(error.to_string()),
        }
    }
}

/// The end of the log at some moment after a page of events was read, once somebody has asked for it.
pub(crate) type Heads = OnceCell<Vec<Position>>;

/// The next page of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Next {
    /// What the read model must have seen.
    after: Vec<Position>,
    of: Of,
    cursor: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Of {
    Comments,
    Likes,
}

impl Knowledge {
    /// From a log and a read model that is made of it.
    pub fn new(store: EventStore, reader: Arc<dyn Reader>, world: Handle) -> Self {
        Self { store, reader, world }
    }

    /// An answer, or a page of it and where it goes on.
    pub(crate) async fn answer(
        &self,
        question: &Question,
        next: Option<Next>,
        heads: &Heads,
    ) -> Result<(Answer, Option<Next>), KnowledgeError> {
        match *question {
            Question::Lives { to, .. } => self.subject(to).await,
            Question::Published { clip, .. } => self.subject(clip.into()).await,
            Question::Attached { to, .. } => {
                let next = match next {
                    Some(next) => next,
                    None => self.first(to, heads).await?,
                };
                self.attached(to, next).await
            }
        }
    }

    async fn subject(&self, target: Target) -> Result<(Answer, Option<Next>), KnowledgeError> {
        let mut subject = Subject::default();
        let take = |commit: &tidings_eventstore::Commit| {
            let learn = |event| subject.learn(event).map_err(|e| KnowledgeError::Unreadable(e.to_string()));
            commit.events.iter().try_for_each(learn)
        };
        self.store.fold_stream(&target.stream(), 1, take).await?;
        Ok((Answer::Subject(subject), None))
    }

    /// The read model must have seen all that was in the log after the event: whatever comes later finds its target gone.
    async fn first(&self, to: Target, heads: &Heads) -> Result<Next, KnowledgeError> {
        let after = heads.get_or_try_init(|| self.heads()).await?.clone();
        let of = if matches!(to, Target::Comment(_)) { Of::Likes } else { Of::Comments };
        Ok(Next { after, of, cursor: None })
    }

    async fn heads(&self) -> Result<Vec<Position>, KnowledgeError> {
        let mut heads = Vec::new();
        for partition in 0..self.store.partitions() {
            heads.push(Position::new(partition, self.store.head(partition).await?.number));
        }
        Ok(heads)
    }

    async fn attached(
        &self,
        to: Target,
        Next { after, of, cursor }: Next,
    ) -> Result<(Answer, Option<Next>), KnowledgeError> {
        #[derive(Deserialize)]
        struct Comment {
            comment: CommentId,
        }
        #[derive(Deserialize)]
        struct Like {
            user: UserId,
        }
        let name = match of {
            Of::Comments => "Comments",
            Of::Likes => "LikesOf",
        };
        let data =
            serde_json::json!({ "target": to.to_string(), "limit": 100, "cursor": cursor }).to_string();
        let (data, cursor) = self.ask(name, &data, &after).await?;
        let unreadable = |e: serde_json::Error| KnowledgeError::Unreadable(format!("{name}: {e}"));
        let page = match of {
            Of::Comments => {
                let comments: Vec<Comment> = serde_json::from_str(&data).map_err(unreadable)?;
                comments.into_iter().map(|row| Attached::Comment(row.comment)).collect()
            }
            Of::Likes => {
                let likes: Vec<Like> = serde_json::from_str(&data).map_err(unreadable)?;
                likes.into_iter().map(|row| Attached::Like(row.user)).collect()
            }
        };
        let next = match (of, cursor) {
            (of, Some(cursor)) => Some(Next { after, of, cursor: Some(cursor) }),
            (Of::Comments, None) => Some(Next { after, of: Of::Likes, cursor: None }),
            (Of::Likes, None) => None,
        };
        Ok((Answer::Attached(page), next))
    }

    /// Asks the read model as of a moment when it has seen `after`.
    async fn ask(
        &self,
        name: &str,
        data: &str,
        after: &[Position],
    ) -> Result<(String, Option<String>), KnowledgeError> {
        let unreadable = |why: String| KnowledgeError::Unreadable(format!("{name}: {why}"));
        let query = Query::parse(name, data, self.world.now()).map_err(|e| unreadable(e.to_string()))?;
        let until = Instant::now() + BEHIND;
        loop {
            let moved = self.reader.moved();
            let rows = self.reader.select(social::NAME, after, query.select()).await;
            if let Some(rows) = rows.map_err(|e| KnowledgeError::Away(e.to_string()))? {
                let answer = query.answer(rows).map_err(|refusal| unreadable(format!("{refusal:?}")))?;
                return Ok((answer.data, answer.next));
            }
            if timeout_at(until, moved).await.is_err() {
                return Err(KnowledgeError::Away("the read model is behind the log".into()));
            }
        }
    }
}

#[cfg(test)]
#[path = "knowledge_tests.rs"]
mod tests;
