//! Who carries the commands of processes out.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use tidings_wire::{Request, Service};

use crate::Order;

/// Who carries commands out: a command host, in this process or elsewhere.
#[async_trait]
pub trait Hands: Send + Sync {
    /// Has these carried out, in any order; the reply to each, in theirs.
    ///
    /// # Errors
    /// Where the host cannot be reached, or does not answer: any of them may have been carried out.
    async fn carry_out(&self, orders: &[Order]) -> Result<Vec<String>, String>;
}

/// The service of a command host in this process.
pub struct Local<S>(pub Arc<S>);

#[async_trait]
impl<S: Service> Hands for Local<S> {
    async fn carry_out(&self, orders: &[Order]) -> Result<Vec<String>, String> {
        let replies = orders.iter().map(|order| self.0.call(Request::new(order.line.as_str())));
        Ok(join_all(replies).await.iter().map(|reply| reply.line().to_owned()).collect())
    }
}
