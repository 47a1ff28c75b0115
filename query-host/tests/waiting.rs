//! A query that waits for a position.
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tidings_domain::Position;
use tidings_projections::{Checkpoint, Moved, ReadModelError, Reader, Rows, Select};
use tidings_query_host::QueryService;
use tidings_wire::{Request, Service};
use tidings_world::Seeded;
use tokio::sync::watch;

/// Its checkpoint moves at the very moment after the first look found it too far back, and never again.
struct MovesAtOnce {
    looks: AtomicUsize,
    moved: watch::Sender<()>,
}

#[async_trait]
impl Reader for MovesAtOnce {
    async fn select(&self, _: &str, _: &[Position], _: &Select) -> Result<Option<Rows>, ReadModelError> {
        if self.looks.fetch_add(1, Ordering::SeqCst) == 0 {
            self.moved.send_replace(());
            return Ok(None);
        }
        Ok(Some(Rows { rows: Vec::new() }))
    }

    async fn checkpoint(&self, _: &str) -> Result<Checkpoint, ReadModelError> {
        Ok(Checkpoint::default())
    }

    fn moved(&self) -> Moved<'_> {
        let mut moved = self.moved.subscribe();
        Box::pin(async move { drop(moved.changed().await) })
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_stored_between_its_look_and_its_wait_is_not_missed() {
    let reader = Arc::new(MovesAtOnce { looks: AtomicUsize::new(0), moved: watch::channel(()).0 });
    let service = QueryService::new(Arc::default(), reader.clone(), None, Arc::new(Seeded::new(1)));
    let line = r#"{"id":1,"query":"RecentPosts","after":["0:1"],"wait_ms":60000}"#;
    let reply = service.call(Request::new(line)).await;
    assert!(reply.line().starts_with(r#"{"id":1,"ok":true"#), "{}", reply.line());
    assert_eq!(reader.looks.load(Ordering::SeqCst), 2);
}
