//! Leases in memory.

use tidings_eventstore::conformance::leases_are_seen_until_they_are_removed;
use tidings_eventstore::owners::MemoryLeases;

#[tokio::test]
async fn leases_in_memory_are_seen_until_they_are_removed() {
    leases_are_seen_until_they_are_removed(&MemoryLeases::default()).await;
}
