//! Renews this host's lease, looks at the others', and keeps the connections to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tidings_domain::UserId;
use tidings_eventstore::owners::{Lease, LeaseError, Leases, Living, owner_of};
use tidings_world::{Handle, Outage};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::{Options, Owners, Peer, Sharing};

/// The task that keeps [`Owners`] true; ends with this handle.
pub(crate) struct Keeper {
    leases: Arc<dyn Leases>,
    me: Uuid,
    tasks: JoinSet<()>,
}

/// How long a host that stops waits for its lease to be removed.
const LEAVING: Duration = Duration::from_millis(500);

impl Keeper {
    /// Takes part in sharing the partitions of a log, on the running tokio runtime.
    pub(crate) fn start(
        sharing: Sharing,
        world: &Handle,
        partitions: u16,
        moderators: &BTreeSet<UserId>,
        relays: bool,
    ) -> (Arc<Owners>, Self) {
        let Sharing { leases, address, options } = sharing;
        let lease = Lease { host: world.id(), address, relays, beat: 0, settings: sum(moderators) };
        let owners = Arc::new(Owners::new(lease.host, options.lasts));
        let me = lease.host;
        let living = Living::new(options.lasts);
        let round = Rounds {
            leases: leases.clone(),
            lease,
            living,
            owners: owners.clone(),
            peers: BTreeMap::new(),
            strangers: BTreeSet::new(),
            world: world.clone(),
            partitions,
            options,
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(round.run());
        (owners, Self { leases, me, tasks })
    }

    /// Gives this host's partitions to the others at once.
    pub(crate) async fn leave(mut self) {
        self.tasks.shutdown().await;
        if !matches!(timeout(LEAVING, self.leases.end(self.me)).await, Ok(Ok(()))) {
            tracing::warn!("the lease of this host could not be removed; it ends by itself");
        }
    }
}

/// The same for the same moderators. Only mistakes are to be found, so a sum will do.
fn sum(moderators: &BTreeSet<UserId>) -> Uuid {
    Uuid::from_u128(
        moderators.iter().fold(0, |sum, user| sum.wrapping_mul(31).wrapping_add(user.0.as_u128())),
    )
}

struct Rounds {
    leases: Arc<dyn Leases>,
    lease: Lease,
    living: Living,
    owners: Arc<Owners>,
    peers: BTreeMap<Uuid, Arc<Peer>>,
    /// Those of whom was said that they were started otherwise.
    strangers: BTreeSet<Uuid>,
    world: Handle,
    partitions: u16,
    options: Options,
}

impl Rounds {
    async fn run(mut self) {
        let (mut outage, mut hosts) = (Outage::new(self.options.beat), 0);
        loop {
            match self.round().await {
                Ok(living) => {
                    if let Some(after) = outage.over(0) {
                        tracing::warn!("who owns which partition is known again {after}");
                    }
                    if hosts != living {
                        tracing::info!(hosts = living, "hosts share the partitions");
                        hosts = living;
                    }
                }
                Err(cause) => {
                    if let Some(cause) = outage.failed(0, cause, &*self.world).say {
                        tracing::warn!(%cause, "who owns which partition is not known; trying again");
                    }
                }
            }
            // Hosts that start together do not ask together for ever.
            let beat = self.options.beat;
            let jitter = self.world.random() % 100;
            sleep(beat.mul_f64(0.95 + jitter as f64 / 1_000.0)).await;
        }
    }

    /// Renews, looks, and shares out; the number of hosts that live.
    async fn round(&mut self) -> Result<usize, LeaseError> {
        self.lease.beat += 1;
        self.leases.renew(&self.lease).await?;
        let living = self.living.look(self.leases.all().await?);
        self.peers.retain(|host, _| living.iter().any(|lease| lease.host == *host));
        for lease in living.iter().filter(|lease| lease.host != self.lease.host) {
            if lease.settings == self.lease.settings {
                let start = || Peer::start(self.lease.host, lease, &self.world, self.options);
                self.peers.entry(lease.host).or_insert_with(start);
            } else if self.strangers.insert(lease.host) {
                let (host, address) = (lease.host, &lease.address);
                tracing::warn!(%host, %address, "a host was given other moderators: start all with the same; nothing is passed to it");
            }
        }
        let owner = |partition| self.peers.get(&owner_of(partition, self.partitions, &living)?.host).cloned();
        let relaying: Vec<Lease> = living.iter().filter(|lease| lease.relays).cloned().collect();
        let published_elsewhere = |partition| {
            owner_of(partition, self.partitions, &relaying).is_some_and(|lease| lease.host != self.lease.host)
        };
        let partitions = 0..self.partitions;
        self.owners
            .share(partitions.clone().map(owner).collect(), partitions.map(published_elsewhere).collect());
        for host in self.living.long_dead() {
            // It is known to be dead, so nothing depends on it.
            if let Err(cause) = self.leases.end(host).await {
                tracing::debug!(%host, %cause, "a dead host's lease cannot be removed");
            }
        }
        Ok(living.len())
    }
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use tidings_eventstore::owners::MemoryLeases;
    use tidings_world::Seeded;
    use tokio::time::advance;

    use super::*;

    /// Leases of which none may be removed.
    struct Unremovable(MemoryLeases);

    #[async_trait]
    impl Leases for Unremovable {
        async fn renew(&self, lease: &Lease) -> Result<(), LeaseError> {
            self.0.renew(lease).await
        }

        async fn end(&self, _: Uuid) -> Result<(), LeaseError> {
            Err(LeaseError("that is not granted".into()))
        }

        async fn all(&self) -> Result<Vec<Lease>, LeaseError> {
            self.0.all().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_hosts_lease_that_cannot_be_removed_hides_no_owner() {
        let leases = Arc::new(Unremovable(MemoryLeases::default()));
        let lease = |host| Lease {
            host: Uuid::from_u128(host),
            address: "127.0.0.1:1".into(),
            relays: true,
            beat: 0,
            // As of other moderators: nobody connects to it.
            settings: Uuid::from_u128(host),
        };
        leases.renew(&lease(1)).await.unwrap();
        let options = Options::default();
        let me = lease(2);
        let mut rounds = Rounds {
            leases,
            owners: Arc::new(Owners::new(me.host, options.lasts)),
            lease: me,
            living: Living::new(options.lasts),
            peers: BTreeMap::new(),
            strangers: BTreeSet::new(),
            world: Arc::new(Seeded::new(1)),
            partitions: 8,
            options,
        };
        let mut living = Vec::new();
        for _ in 0..100 {
            living.push(rounds.round().await.unwrap());
            advance(options.beat).await;
        }
        assert_eq!((living[0], living[99]), (2, 1));
    }
}
