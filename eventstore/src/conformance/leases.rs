//! What leases promise.

use uuid::Uuid;

use crate::owners::{Lease, Leases};

fn lease(host: u128, beat: u64) -> Lease {
    let (relays, settings) = (host == 2, Uuid::from_u128(host << 64));
    Lease { host: Uuid::from_u128(host), address: format!("host-{host}:7401"), relays, beat, settings }
}

async fn sorted(leases: &dyn Leases) -> Vec<Lease> {
    let mut all = leases.all().await.unwrap();
    all.sort_by_key(|lease| lease.host);
    all
}

/// All that is asked of leases, on an empty store of them: what is stored is seen, each host's in place of the one
/// before, also when many renew at once; what is removed is gone, and to remove it again is no error.
///
/// # Panics
/// Where it is not so.
pub async fn leases_are_seen_until_they_are_removed(leases: &dyn Leases) {
    assert_eq!(sorted(leases).await, []);
    leases.renew(&lease(1, 1)).await.unwrap();
    leases.renew(&lease(2, u64::MAX)).await.unwrap();
    leases.renew(&lease(1, 2)).await.unwrap();
    assert_eq!(sorted(leases).await, [lease(1, 2), lease(2, u64::MAX)]);
    leases.end(Uuid::from_u128(2)).await.unwrap();
    leases.end(Uuid::from_u128(2)).await.unwrap();
    assert_eq!(sorted(leases).await, [lease(1, 2)]);
    leases.renew(&lease(2, 1)).await.unwrap();
    for beat in 3..20 {
        let (a, b, c) = (lease(1, beat), lease(2, beat), lease(3, beat));
        let (a, b, c) = tokio::join!(leases.renew(&a), leases.renew(&b), leases.renew(&c));
        a.and(b).and(c).unwrap();
        assert_eq!(sorted(leases).await, [lease(1, beat), lease(2, beat), lease(3, beat)]);
    }
}
