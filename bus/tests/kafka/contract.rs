//! The example in docs/event-contract.md is what stands on the topic.

use std::fmt::Write;
use std::sync::Arc;

use tidings_bus::Bus;
use tidings_domain::{Event, Position, Recorded, post, testing::sample};
use uuid::Uuid;

use crate::support::Fresh;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n)
}

/// The command of ARCHITECTURE.md, as a client sent it that knew when it had happened.
pub fn example() -> Recorded {
    let (post, author) = (tidings_domain::PostId(id(0xa1)), tidings_domain::UserId(id(1)));
    Recorded {
        position: Position::new(5, 1),
        index: 0,
        count: 1,
        stream: post::stream(post),
        version: 1,
        event: post::Event::PostCreated { post, author, text: "Hello".into() }.encode(),
        commit: id(0xc1),
        command: id(0xa1),
        correlation: id(0xa1),
        causation: Some(id(0xe1)),
        actor: author.0,
        occurred_at: Some(sample::time(0)),
        recorded_at: sample::time(0).plus_millis(1_250),
    }
}

#[tokio::test]
async fn the_contract_shows_a_record_as_it_stands_on_the_topic() {
    let fresh = Fresh::new(6);
    fresh.bus().publish(&[Arc::new(example())]).await.unwrap();
    let record = fresh.all(5).remove(0);
    let mut shown = format!("key      {}\n", record.key);
    for (name, value) in &record.headers {
        let value = value.replace(&fresh.topic, "tidings");
        writeln!(shown, "header   {name}={value}").unwrap();
    }
    writeln!(shown, "value    {}", record.value).unwrap();
    let page = include_str!("../../../docs/event-contract.md");
    assert!(page.contains(&shown), "docs/event-contract.md does not show this:\n{shown}");
}
