//! Several Kafka brokers.

use crate::Server;
use crate::servers::server::free_port;

/// Brokers that form a cluster; each is also a controller, so most of them must run.
pub struct KafkaCluster {
    brokers: Vec<Server>,
}

impl KafkaCluster {
    /// Starts so many brokers and waits until each knows all.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn start(count: usize) -> Self {
        let ports: Vec<u16> = (0..count).map(|_| free_port()).collect();
        let list: Vec<_> = ports.iter().map(u16::to_string).collect();
        let mut brokers: Vec<_> = ports.iter().map(|port| Server::broker(*port, &list.join(","))).collect();
        brokers.iter_mut().for_each(Server::launch);
        for broker in &mut brokers {
            broker.answers().await;
        }
        Self { brokers }
    }

    /// What a client is given: the addresses of all brokers.
    pub fn url(&self) -> String {
        self.brokers.iter().map(Server::url).collect::<Vec<_>>().join(",")
    }

    /// A broker by its id in Kafka's metadata, 1 to the number of brokers.
    ///
    /// # Panics
    /// When there is none.
    pub fn broker(&mut self, id: i32) -> &mut Server {
        &mut self.brokers[usize::try_from(id - 1).unwrap()]
    }
}
