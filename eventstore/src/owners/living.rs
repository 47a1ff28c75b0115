//! Who lives, as one host sees it, and what each owns by that.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::Lease;

/// Judges by one's own clock alone which leases live: one whose beat has not changed for the time that a lease lasts,
/// while one was looking all along, is dead.
#[derive(Debug)]
pub struct Living {
    lasts: Duration,
    seen: BTreeMap<Uuid, Seen>,
    looked: Option<Instant>,
}

#[derive(Debug)]
struct Seen {
    lease: Lease,
    /// Since when the beat has been the same.
    since: Instant,
    /// So often it was the same after a time in which nobody looked.
    gaps: u32,
}

/// One that is silent so often is dead, however rarely somebody looks: where the store is so slow that every look comes
/// late, it would else live for ever.
const GAPS: u32 = 4;

/// A lease that has been dead for so many times its duration may be removed.
const LONG: u32 = 20;

impl Living {
    /// Has seen nothing yet. A lease lasts so long without a new beat; look at least three times in that time.
    pub fn new(lasts: Duration) -> Self {
        Self { lasts, seen: BTreeMap::new(), looked: None }
    }

    /// Takes what is stored now, and tells whose leases live, in the order of the hosts' ids.
    ///
    /// One that is seen for the first time lives until it is silent for long enough. After a time in which nobody
    /// looked here (the store was away, this process was stopped) nothing is known of anybody's silence, so that
    /// time does not count; unless that happens again and again.
    pub fn look(&mut self, leases: Vec<Lease>) -> Vec<Lease> {
        let now = Instant::now();
        let gap = self.looked.is_none_or(|looked| now - looked > self.lasts / 2);
        self.looked = Some(now);
        let mut before = std::mem::take(&mut self.seen);
        for lease in leases {
            let (since, gaps) = match before.remove(&lease.host) {
                Some(seen) if seen.lease.beat == lease.beat => match gap {
                    true if seen.gaps + 1 < GAPS => (now, seen.gaps + 1),
                    _ => (seen.since, seen.gaps),
                },
                _ => (now, 0),
            };
            self.seen.insert(lease.host, Seen { lease, since, gaps });
        }
        let living = self.seen.values().filter(|seen| now - seen.since < self.lasts);
        living.map(|seen| seen.lease.clone()).collect()
    }

    /// The hosts that have been dead for so long that their leases may be removed.
    pub fn long_dead(&self) -> Vec<Uuid> {
        let now = Instant::now();
        let dead = self.seen.iter().filter(|(_, seen)| now - seen.since >= self.lasts * LONG);
        dead.map(|(host, _)| *host).collect()
    }
}

/// Who owns a partition, given the living in the order of their ids: each a run of partitions, as even as can be. None
/// where nobody lives.
///
/// ```
/// use tidings_eventstore::owners::{Lease, owner_of};
/// use uuid::Uuid;
/// let lease = Lease { host: Uuid::nil(), address: "h:7401".into(), relays: true, beat: 1, settings: Uuid::nil() };
/// let host = |id| Lease { host: Uuid::from_u128(id), ..lease.clone() };
/// let (living, partitions) = ([host(1), host(2), host(3)], 8);
/// let owners: Vec<u128> = (0..8).map(|p| owner_of(p, 8, &living).unwrap().host.as_u128()).collect();
/// assert_eq!(owners, [1, 1, 1, 2, 2, 2, 3, 3]);
/// ```
pub fn owner_of(partition: u16, partitions: u16, living: &[Lease]) -> Option<&Lease> {
    let place = usize::from(partition) * living.len() / usize::from(partitions.max(1));
    living.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LASTS: Duration = Duration::from_secs(3);

    fn lease(host: u128, beat: u64) -> Lease {
        let (host, address) = (Uuid::from_u128(host), format!("h{host}:7401"));
        Lease { host, address, relays: true, beat, settings: Uuid::nil() }
    }

    fn hosts(living: &[Lease]) -> Vec<u128> {
        living.iter().map(|lease| lease.host.as_u128()).collect()
    }

    /// Looks every second, so many times; each lease beats or does not.
    async fn watch(living: &mut Living, seconds: u64, beats: &[(u128, bool)], from: u64) -> Vec<u128> {
        let mut seen = Vec::new();
        for second in 0..seconds {
            tokio::time::advance(Duration::from_secs(1)).await;
            let all = beats.iter().map(|(host, alive)| lease(*host, if *alive { from + second } else { 0 }));
            seen = living.look(all.collect());
        }
        hosts(&seen)
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_beats_lives_and_one_that_is_silent_for_the_time_of_a_lease_is_dead() {
        let mut living = Living::new(LASTS);
        assert_eq!(watch(&mut living, 1, &[(1, true), (2, false)], 1).await, [1, 2]);
        assert_eq!(watch(&mut living, 2, &[(1, true), (2, false)], 2).await, [1, 2], "not yet");
        assert_eq!(watch(&mut living, 1, &[(1, true), (2, false)], 4).await, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_comes_back_late_lives_again_at_its_first_beat() {
        let mut living = Living::new(LASTS);
        watch(&mut living, 6, &[(1, true), (2, false)], 1).await;
        assert_eq!(watch(&mut living, 1, &[(1, true), (2, true)], 7).await, [1, 2]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_has_left_is_gone_at_once() {
        let mut living = Living::new(LASTS);
        watch(&mut living, 2, &[(1, true), (2, true)], 1).await;
        assert_eq!(watch(&mut living, 1, &[(1, true)], 3).await, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_in_which_nobody_looked_is_nobodys_silence() {
        let mut living = Living::new(LASTS);
        watch(&mut living, 2, &[(1, true), (2, false)], 1).await;
        // The store was away for a minute; nobody could renew.
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(hosts(&living.look(vec![lease(1, 2), lease(2, 0)])), [1, 2]);
        assert_eq!(watch(&mut living, 3, &[(1, true), (2, false)], 3).await, [1]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_silent_is_dead_in_the_end_also_for_who_looks_rarely() {
        let mut living = Living::new(LASTS);
        let mut looks = 0;
        // The store is so slow that each look comes long after the last.
        while hosts(&living.look(vec![lease(1, looks), lease(2, 0)])) == [1, 2] {
            tokio::time::advance(Duration::from_secs(2)).await;
            looks += 1;
            assert!(looks < 10, "it is taken for living for ever");
        }
        assert!(looks >= 3, "not at once: {looks}");
        assert_eq!(hosts(&living.look(vec![lease(1, looks + 1), lease(2, 1)])), [1, 2], "it beats again");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_long_dead_may_be_removed() {
        let mut living = Living::new(LASTS);
        watch(&mut living, 50, &[(1, true), (2, false)], 1).await;
        assert!(living.long_dead().is_empty());
        watch(&mut living, 11, &[(1, true), (2, false)], 51).await;
        assert_eq!(living.long_dead(), [Uuid::from_u128(2)]);
    }

    #[test]
    fn every_partition_has_an_owner_and_shares_differ_by_one_at_most() {
        for (partitions, hosts) in [(8, 1), (8, 2), (8, 3), (8, 8), (8, 11), (256, 5), (1, 3)] {
            let living: Vec<_> = (1..=hosts).map(|host| lease(host, 1)).collect();
            let mut shares = BTreeMap::<Uuid, u16>::from_iter(living.iter().map(|lease| (lease.host, 0)));
            for partition in 0..partitions {
                *shares.get_mut(&owner_of(partition, partitions, &living).unwrap().host).unwrap() += 1;
            }
            let (least, most) = (shares.values().min().unwrap(), shares.values().max().unwrap());
            assert!(most - least <= 1, "{partitions} among {hosts}: {shares:?}");
        }
        assert_eq!(owner_of(0, 8, &[]), None);
    }
}
