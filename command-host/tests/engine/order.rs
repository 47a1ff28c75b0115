//! Commands of one stream happen in the order in which they were given.

use std::sync::Arc;

use tidings_eventstore::MemoryLog;

use crate::till::{Host, TillCommand::*, stream};

#[tokio::test]
async fn commands_on_one_stream_happen_in_the_order_given() {
    let host = Arc::new(Host::on(&MemoryLog::new(4)));
    let mut given = Vec::new();
    for id in 1..=100u128 {
        let mut future = Box::pin({
            let host = host.clone();
            async move { host.done(id, Put { till: "a", amount: 1 }).await }
        });
        // The first poll takes the place in the queue.
        match futures_poll(&mut future).await {
            Some(done) => assert_eq!(done, (id as u64, false)),
            None => given.push((id, future)),
        }
    }
    // Waited for last to first: what comes first must not depend on who waits first.
    let mut done = Vec::new();
    for (id, future) in given.into_iter().map(|(id, future)| (id, tokio::spawn(future))).collect::<Vec<_>>() {
        done.push((id as u64, future.await.unwrap().0));
    }
    assert!(done.iter().all(|(id, version)| id == version), "{done:?}");
    assert_eq!(host.0.store().version(&stream("a")).await.unwrap(), 100);
}

async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| match std::pin::Pin::new(&mut *future).poll(cx) {
        std::task::Poll::Ready(done) => std::task::Poll::Ready(Some(done)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}
