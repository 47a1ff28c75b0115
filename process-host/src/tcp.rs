//! A command host at the other end of a connection.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::Deserialize;
use tidings_wire::Client;
use tokio::sync::Mutex;
use tokio::time::timeout;
use uuid::Uuid;

use crate::{Hands, Order};

/// How long to wait for a connection, and for a reply: a host answers within a few seconds, whatever is away.
const WAIT: Duration = Duration::from_secs(10);

/// A command host that is reached by its address. It connects when it has something to send, and again after a failure.
pub struct Tcp {
    address: String,
    client: Mutex<Option<Client>>,
}

#[derive(Deserialize)]
struct Head {
    id: Uuid,
}

impl Tcp {
    /// For `HOST:PORT`.
    pub fn new(address: impl Into<String>) -> Self {
        Self { address: address.into(), client: Mutex::default() }
    }

    async fn exchange(&self, client: &mut Client, orders: &[Order]) -> Result<Vec<String>, String> {
        for order in orders {
            client.send(&order.line).await.map_err(|cause| self.broken(cause))?;
        }
        let mut replies = HashMap::with_capacity(orders.len());
        while replies.len() < orders.len() {
            let reply = client
                .next_reply()
                .await
                .map_err(|cause| self.broken(cause))?
                .ok_or_else(|| self.broken("the connection was closed"))?;
            let head: Head =
                serde_json::from_str(&reply).map_err(|_| self.broken(format_args!("{reply:.200}")))?;
            replies.insert(head.id, reply);
        }
        let mut of = |order: &Order| replies.remove(&order.id);
        orders.iter().map(|order| of(order).ok_or_else(|| self.broken("a reply to something else"))).collect()
    }

    fn broken(&self, cause: impl std::fmt::Display) -> String {
        format!("the command host at {}: {cause}", self.address)
    }
}

#[async_trait]
impl Hands for Tcp {
    async fn carry_out(&self, orders: &[Order]) -> Result<Vec<String>, String> {
        let mut held = self.client.lock().await;
        // Left out while in use: what is given up in the midst of it is of no more use.
        let mut client = match held.take() {
            Some(client) => client,
            None => timeout(WAIT, Client::connect(&self.address))
                .await
                .map_err(|_| self.broken("it does not answer"))?
                .map_err(|cause| self.broken(cause))?,
        };
        let exchange = timeout(WAIT, self.exchange(&mut client, orders));
        let replies = exchange.await.map_err(|_| self.broken("no reply came"))??;
        *held = Some(client);
        Ok(replies)
    }
}

#[cfg(test)]
#[path = "tcp_tests.rs"]
mod tests;
