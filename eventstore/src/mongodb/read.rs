//! Reading: each by one index, from the primary, what a majority has.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use mongodb::Collection;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, Document, RawBsonRef, RawDocument, RawDocumentBuf, doc};
use mongodb::error::Error;
use mongodb::raw_batch_cursor::RawBatch;
use tidings_domain::StreamId;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::call::{Limits, within};
use super::document;
use crate::{Commit, Head, ReadError, Slice};

/// The most commits of a page, whatever is asked for.
const MOST: usize = 10_000;

/// The commits of a partition, and how long reading them may take.
pub(crate) struct Partition {
    pub(crate) number: u16,
    pub(crate) commits: Collection<RawDocumentBuf>,
    /// What all reads of the log share. Those that wait here are small, and do not stand before writers in the
    /// driver's queue for connections.
    pub(crate) reads: Arc<Semaphore>,
    pub(crate) limits: Limits,
    /// A commit that is there; 0 before any was seen.
    pub(crate) seen: AtomicU64,
}

/// What is asked of a partition.
struct Find {
    filter: Document,
    sort: Document,
    projection: Option<Document>,
    limit: usize,
    time: Duration,
}

impl Partition {
    /// The commits of a stream that hold versions from `version` on.
    pub(crate) async fn stream(
        &self,
        stream: &StreamId,
        version: u64,
        limit: usize,
    ) -> Result<Slice, ReadError> {
        let (limit, stream) = (limit.clamp(1, MOST), stream.as_str());
        let mut slice = Slice::default();
        let mut first = 1;
        if version > 1 {
            // The commit that holds `version` may begin before it: it is the last that begins at or before it.
            let filter = doc! { "stream": stream, "first_version": { "$lte": clamp(version) } };
            let find = self.one(filter, doc! { "first_version": -1 });
            match self.first(find, |found| document::read(self.number, found)).await? {
                Some(commit) if commit.last_version() >= version => {
                    first = commit.last_version() + 1;
                    slice.commits.push(Arc::new(commit));
                }
                // A stream has no gap: where nothing holds `version`, nothing follows.
                _ => return Ok(Slice { commits: Vec::new(), end: true }),
            }
        }
        let filter = doc! { "stream": stream, "first_version": { "$gte": clamp(first) } };
        let sort = doc! { "first_version": 1 };
        self.page(Find { limit, ..self.one(filter, sort) }, slice).await
    }

    /// The commits after a number.
    pub(crate) async fn after(&self, number: u64, limit: usize) -> Result<Slice, ReadError> {
        let limit = limit.clamp(1, MOST);
        // Numbers have no gap, so a page and one more end there, and a server need not look at what lies beyond.
        let end = number.saturating_add(limit as u64 + 1);
        let range = doc! { "$gt": clamp(number), "$lte": clamp(end) };
        let find = self.one(doc! { "_id": range }, doc! { "_id": 1 });
        let find = Find { limit, time: self.limits.page, ..find };
        let slice = self.page(find, Slice::default()).await?;
        if let Some(last) = slice.commits.last() {
            self.seen.fetch_max(last.position.number, Ordering::Relaxed);
        }
        Ok(slice)
    }

    /// The end.
    pub(crate) async fn head(&self) -> Result<Head, ReadError> {
        let seen = self.seen.load(Ordering::Relaxed);
        let mut head = None;
        if seen > 0 {
            // A server that looks at all that a filter lets through has little to look at.
            head = self.last(doc! { "_id": { "$gte": clamp(seen) } }).await?;
        }
        if head.is_none() {
            // None was seen yet; or the log was put back to an earlier state.
            head = self.last(doc! {}).await?;
        }
        let head = head.unwrap_or_default();
        self.seen.store(head.number, Ordering::Relaxed);
        Ok(head)
    }

    async fn last(&self, filter: Document) -> Result<Option<Head>, ReadError> {
        let mut find = self.one(filter, doc! { "_id": -1 });
        find.projection = Some(doc! { "hash": 1, "recorded_at": 1 });
        let head = self.first(find, |found| {
            let field = |name: &str| found.get(name).ok().flatten().unwrap_or(RawBsonRef::Null);
            let read = || {
                Ok(Head {
                    number: document::whole("_id", field("_id"))?,
                    hash: document::read_hash("hash", field("hash"))?,
                    recorded_at: document::date("recorded_at", field("recorded_at"))?,
                })
            };
            let place = || format!("the head of partition {}", self.number);
            read().map_err(|cause| ReadError::Damaged { place: place(), cause })
        });
        head.await
    }

    /// The version of a stream.
    pub(crate) async fn version(&self, stream: &StreamId) -> Result<u64, ReadError> {
        let mut find = self.one(doc! { "stream": stream.as_str() }, doc! { "first_version": -1 });
        find.projection = Some(doc! { "_id": 0, "last_version": 1 });
        let version = self.first(find, |found| {
            let version = found.get("last_version").ok().flatten().unwrap_or(RawBsonRef::Null);
            let damaged = |cause| ReadError::Damaged { place: format!("the version of {stream}"), cause };
            document::whole("last_version", version).map_err(damaged)
        });
        Ok(version.await?.unwrap_or_default())
    }

    /// The commit of a command.
    pub(crate) async fn command(&self, command: Uuid) -> Result<Option<Arc<Commit>>, ReadError> {
        let command = Binary { subtype: BinarySubtype::Uuid, bytes: command.as_bytes().to_vec() };
        let find = self.one(doc! { "command": command }, doc! {});
        Ok(self.first(find, |found| document::read(self.number, found)).await?.map(Arc::new))
    }

    /// Fills a page up to the limit. One more is asked for: whether there is one tells whether this is the end.
    async fn page(&self, find: Find, mut page: Slice) -> Result<Slice, ReadError> {
        let limit = find.limit;
        let find = Find { limit: limit + 1 - page.commits.len(), ..find };
        page.end = true;
        let Some(batch) = self.run(find).await? else { return Ok(page) };
        for value in batch.doc_slices().map_err(unreadable)? {
            if page.commits.len() >= limit {
                page.end = false;
                break;
            }
            page.commits.push(Arc::new(document::read(self.number, as_document(value)?)?));
        }
        // A server ends a batch at 16 MiB, and keeps a cursor for what follows.
        let cursor = batch.as_raw_document().get_document("cursor").and_then(|cursor| cursor.get_i64("id"));
        page.end &= !cursor.is_ok_and(|id| id != 0);
        Ok(page)
    }

    fn one(&self, filter: Document, sort: Document) -> Find {
        Find { filter, sort, projection: None, limit: 1, time: self.limits.read }
    }

    /// The only document of the answer, worked on by `take`.
    async fn first<T>(
        &self,
        find: Find,
        take: impl FnOnce(&RawDocument) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ReadError> {
        let Some(batch) = self.run(find).await? else { return Ok(None) };
        match batch.doc_slices().map_err(unreadable)?.into_iter().next() {
            Some(value) => take(as_document(value)?).map(Some),
            None => Ok(None),
        }
    }

    /// The first batch of the answer: all of it, unless it is larger than what a server answers at once.
    async fn run(&self, find: Find) -> Result<Option<RawBatch>, ReadError> {
        let Find { filter, sort, projection, limit, time } = find;
        let count = i32::try_from(limit).unwrap_or(i32::MAX);
        let call = async {
            // Never closed.
            let _place = self.reads.acquire().await.ok();
            let find = self.commits.find(filter).sort(sort).limit(count.into()).max_time(time);
            let find = find.batch_size(count.unsigned_abs());
            let find = match projection {
                Some(projection) => find.projection(projection),
                None => find,
            };
            find.batch().await?.next().await.transpose()
        };
        within(time, call).await.map_err(|failure| ReadError::Unavailable(failure.to_string()))
    }
}

fn as_document<'a>(
    value: Result<RawBsonRef<'a>, mongodb::bson::error::Error>,
) -> Result<&'a RawDocument, ReadError> {
    let fail = |cause: String| ReadError::Damaged { place: "an answer of MongoDB".into(), cause };
    value.map_err(|e| fail(e.to_string()))?.as_document().ok_or_else(|| fail("it holds no document".into()))
}

fn unreadable(error: Error) -> ReadError {
    ReadError::Damaged { place: "an answer of MongoDB".into(), cause: error.to_string() }
}

/// Numbers end at 2^63 - 1, beyond which there is nothing.
fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
