//! Queries to a query host, all answered from what has seen the last acknowledged command.

use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tidings_domain::Position;

use super::client::{GaveUp, Pool, Reply};

/// Asks a query host.
#[derive(Debug)]
pub struct Queries {
    host: Pool,
    after: Vec<Position>,
    last_id: AtomicU64,
    at_a_time: usize,
}

/// A query without an answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The host does not answer, or its read model does not get as far as it must.
    #[error(transparent)]
    GaveUp(#[from] GaveUp),
    /// The host says no.
    #[error("{query} {data}: {code}: {message}")]
    Refused {
        /// The query.
        query: &'static str,
        /// Its data.
        data: Value,
        /// The kind of refusal.
        code: String,
        /// The host's words.
        message: String,
    },
}

impl Queries {
    /// Queries to `host`, answered from what has seen the positions `after`.
    pub fn new(host: Pool, after: Vec<Position>, at_a_time: usize) -> Self {
        Self { host, after, last_id: AtomicU64::new(0), at_a_time: at_a_time.max(1) }
    }

    /// Asks one query.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn ask(&self, query: &'static str, data: Value) -> Result<Reply, NoAnswer> {
        let id = format!("q{}", self.last_id.fetch_add(1, Ordering::Relaxed));
        let line = json!({ "id": id, "query": query, "data": data, "after": self.after }).to_string();
        let reply = self.host.ask(&id, &line).await?;
        match reply.error {
            Some(error) => {
                let (code, message) = (error.code, error.message);
                Err(NoAnswer::Refused { query, data, code, message })
            }
            None => Ok(reply),
        }
    }

    /// Asks for all pages of a list, one after the other.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn all(&self, query: &'static str, data: Value) -> Result<Vec<Value>, NoAnswer> {
        let (mut rows, mut data) = (Vec::new(), data);
        data["limit"] = 100.into();
        loop {
            let reply = self.ask(query, data.clone()).await?;
            if let Value::Array(page) = reply.data {
                rows.extend(page);
            }
            match reply.next {
                Some(next) => data["cursor"] = next.into(),
                None => return Ok(rows),
            }
        }
    }

    /// Asks one query about each of many, several at a time, and gives what came of each in any order.
    pub fn each<'q, K: 'q>(
        &'q self,
        query: &'static str,
        about: impl IntoIterator<Item = (K, Value), IntoIter: 'q>,
    ) -> impl Stream<Item = (K, Result<Value, NoAnswer>)> + 'q {
        let answer = move |(key, data)| async move {
            let reply = self.ask(query, data).await;
            (key, reply.map(|reply| reply.data))
        };
        stream::iter(about).map(answer).buffer_unordered(self.at_a_time)
    }

    /// As [`each`](Self::each), with all pages of a list about each.
    pub fn all_of_each<'q, K: 'q>(
        &'q self,
        query: &'static str,
        about: impl IntoIterator<Item = (K, Value), IntoIter: 'q>,
    ) -> impl Stream<Item = (K, Result<Vec<Value>, NoAnswer>)> + 'q {
        let answer = move |(key, data)| async move { (key, self.all(query, data).await) };
        stream::iter(about).map(answer).buffer_unordered(self.at_a_time)
    }
}
