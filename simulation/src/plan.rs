//! What a run is made of, drawn from its seed.

use std::time::Duration;

use crate::chance::Chance;
use crate::odds::{Odds, Weather};

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What its faults are like.
    pub weather: Weather,
    /// How likely each fault is.
    pub odds: Odds,
    /// For how long there are any.
    pub faulty: Duration,
    /// What the clients ask for.
    pub mix: Mix,
    /// The partitions of the log.
    pub partitions: u16,
    /// How many inserts a command host has under way at a time.
    pub lanes: u16,
    /// How many command hosts write to it.
    pub hosts: usize,
    /// How many of them run a relay.
    pub relays: usize,
    /// What those believe of who publishes which partition.
    pub owners: Owners,
    /// How long they leave to an owner what it does not publish.
    pub owners_patience: Duration,
    /// How many projection hosts share the read model.
    pub projectors: usize,
    /// How many clients there are.
    pub clients: usize,
    /// How many commands each of them gives, repeats not counted.
    pub commands: usize,
    /// How many users give them.
    pub users: usize,
    /// The most commits in one group commit.
    pub batch: usize,
    /// How many streams each cache of a host remembers.
    pub cached: usize,
    /// How often a host decides a conflicting command anew.
    pub retries: u32,
    /// How long a host's store tries an append.
    pub patience: Duration,
    /// How many commits a relay reads at a time.
    pub page: usize,
    /// How long a client rests between commands, at most.
    pub rest: Duration,
    /// Where hosts record commands.
    pub ledger: Kept,
    /// How many of a thousand commands are promised: their clients do not wait.
    pub unwaited: u32,
    /// How long a promised command is one host's.
    pub lease: Duration,
    /// The most promised commands that may wait.
    pub backlog: u64,
    /// The most promised commands that a host is at, at a time.
    pub at_once: u32,
    /// Whether every answer and every call of the ledger is looked at when it is given; else only, at the end, what clients
    /// were told and what is there.
    pub watched: bool,
    /// A bug put in on purpose.
    pub planted: Option<Planted>,
}

/// What the clients ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// The social commands, on many streams.
    Social,
    /// Few users, few posts, and counters that all of them change, with several events a commit.
    Hot,
}

/// Where hosts record commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nowhere: only the log remembers.
    Not,
    /// In a ledger in memory.
    InMemory,
}

/// What relays believe of who publishes which partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owners {
    /// Nothing: each publishes everything.
    Unknown,
    /// All the same: each partition is one relay's.
    Right,
    /// Each something else, and something else every few seconds; in the end, that it is always another's.
    Wrong,
}

/// Bugs that the oracle must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A relay that starts one record too late.
    RelayForgets,
    /// A checkpoint that is stored before its rows.
    CheckpointFirst,
    /// An append in doubt that is answered as failed.
    DoubtIsFailure,
    /// Reads of what only the primary has.
    LocalReads,
    /// A log that does not tell of the commit that a command made.
    CommandForgotten,
    /// A checkpoint that is moved without looking where it stands.
    CheckpointBlind,
    /// A feed that believes whatever the bus brings.
    BusBelieved,
    /// A relay that goes on behind the bus's last record, whoever put it there.
    TailBelieved,
    /// A relay that leaves what another host owns to it for ever.
    OwnersTrusted,
    /// Reads of streams that are seconds old, as a replica's are that lags.
    StaleReads,
    /// A ledger that hears whoever ever had a lease.
    LeaseUnfenced,
    /// A ledger that forgets when a command is to be tried again.
    RetryForgotten,
    /// An outcome that is stored before its append.
    OutcomeFirst,
}

impl Plan {
    /// The plan of a seed.
    ///
    /// ```
    /// use tidings_simulation::Plan;
    /// assert_eq!(Plan::of(7), Plan::of(7));
    /// ```
    pub fn of(seed: u64) -> Self {
        // Not the run's own dice: a plan that is changed by hand leaves those as they are.
        let chance = Chance::new(seed ^ 0x0070_6c61_6e00);
        let one = |of: &[usize]| chance.pick(of).copied().unwrap_or(1);
        let weathers = [
            Weather::Calm,
            Weather::Doubtful,
            Weather::Windy,
            Weather::Deadly,
            Weather::Unsettled,
            Weather::Unsettled,
            Weather::Stormy,
            Weather::Stormy,
        ];
        let weather = chance.pick(&weathers).copied().unwrap_or(Weather::Calm);
        let hosts = one(&[1, 2, 2, 2, 3]);
        let long = weather == Weather::Calm && chance.happens(500);
        let partitions = u16::try_from(one(&[1, 1, 2, 3, 8])).unwrap_or(1);
        let plan = Self {
            weather,
            odds: Odds::of(weather, &chance),
            faulty: Duration::from_secs(3_600),
            mix: if chance.happens(500) { Mix::Social } else { Mix::Hot },
            partitions,
            lanes: if chance.happens(500) { partitions } else { 1 },
            hosts,
            relays: one(&[1, 2, 3]).min(hosts),
            owners: Owners::Unknown,
            owners_patience: Duration::from_secs(5),
            projectors: one(&[1, 2, 2]),
            clients: if long { 4 } else { one(&[1, 3, 6, 12]) },
            commands: if long { 80 } else { one(&[10, 20]) },
            users: one(&[2, 3, 10]),
            batch: one(&[1, 2, 5, 1_000]),
            cached: one(&[1, 3, 20, 1_000]),
            retries: u32::try_from(one(&[0, 1, 8])).unwrap_or(8),
            patience: Duration::from_millis(one(&[200, 2_000, 5_000]) as u64),
            page: one(&[1, 3, 1_000]),
            rest: Duration::from_millis(if long { 200 } else { one(&[0, 5, 100]) as u64 }),
            ledger: Kept::InMemory,
            unwaited: 0,
            lease: Duration::from_secs(30),
            backlog: 100_000,
            at_once: 64,
            watched: true,
            planted: None,
        };
        let plan = Self {
            ledger: if chance.happens(200) { Kept::Not } else { Kept::InMemory },
            unwaited: u32::try_from(one(&[0, 300, 700])).unwrap_or(0),
            // Often shorter than hosts have it, and than a process is frozen.
            lease: Duration::from_secs(one(&[2, 2, 5, 30]) as u64),
            backlog: one(&[3, 100_000, 100_000]) as u64,
            at_once: u32::try_from(one(&[1, 4, 64])).unwrap_or(64),
            ..plan
        };
        let owners = match chance.below(3) {
            0 => Owners::Unknown,
            2 if weather != Weather::Calm => Owners::Wrong,
            _ => Owners::Right,
        };
        if weather == Weather::Calm {
            return Self { owners, ..plan };
        }
        // Shorter than hosts have it: owners that are wrong for ever must not take all the time that there is to heal.
        let owners_patience = Duration::from_secs(one(&[1, 2]) as u64);
        Self { owners, owners_patience, ..plan }
    }
}
