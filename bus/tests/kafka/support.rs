//! A topic of its own for each test.

use tidings_bus::KafkaBus;
use uuid::Uuid;

/// A topic of a name that nobody else has; it is deleted with the server's data.
pub struct Fresh {
    pub servers: String,
    pub topic: String,
    pub partitions: u16,
}

impl Fresh {
    pub fn new(partitions: u16) -> Self {
        let servers = std::env::var("TIDINGS_TEST_KAFKA").expect(
            "TIDINGS_TEST_KAFKA is not set: run dev/test, or `dev/servers up` and export what it prints",
        );
        Self { servers, topic: format!("test-{}", Uuid::new_v4()), partitions }
    }

    pub fn bus(&self) -> KafkaBus {
        KafkaBus::new(&self.servers, &self.topic, self.partitions)
    }
}
