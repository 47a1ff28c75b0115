//! Real servers of a test's own, which it may kill, stop and start again. They come from `dev/servers`.

mod cluster;
mod server;
mod tree;

pub use cluster::KafkaCluster;
pub use server::{Kind, Server, free_port};
