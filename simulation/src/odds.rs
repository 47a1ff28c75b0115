//! How likely each fault is.

use crate::chance::Chance;

/// How likely each fault is, in thousandths of the calls that it may meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Odds {
    /// A call takes seconds.
    pub slow: u32,
    /// The log refuses an insert.
    pub refused: u32,
    /// The log times out and stores nothing.
    pub doubt_nothing: u32,
    /// The log stores, then times out.
    pub doubt_done: u32,
    /// The log times out and stores later.
    pub doubt_late: u32,
    /// The log times out having stored a part from the front; the rest comes later or never.
    pub doubt_part: u32,
    /// The log stores a batch of several commit by commit, others between them.
    pub pieces: u32,
    /// In each 100 ms: the log's majority falls behind its primary, until it has caught up or there is another
    /// primary, which takes back what only the old one had.
    pub lag: u32,
    /// The log cannot be read.
    pub read_error: u32,
    /// The log answers a read in part, and says so.
    pub short_read: u32,
    /// The ledger times out, and does nothing.
    pub ledger_nothing: u32,
    /// The ledger does what it was asked for, then times out.
    pub ledger_done: u32,
    /// The ledger times out, and does what it was asked for later.
    pub ledger_late: u32,
    /// In each 100 ms: the ledger has no room for a while.
    pub ledger_full: u32,
    /// In each 100 ms: the ledger is slower than the log for a while.
    pub ledger_slow: u32,
    /// In each 100 ms: an operator has a promised command tried again, or calls it off.
    pub operated: u32,
    /// The bus does not take records.
    pub publish_refused: u32,
    /// The bus takes records, then fails.
    pub publish_done: u32,
    /// The bus takes some from the front, then fails; the rest comes later or never.
    pub publish_part: u32,
    /// The bus does not tell its tail, or fails its readers.
    pub bus_error: u32,
    /// A record never reaches a subscriber.
    pub record_lost: u32,
    /// A record reaches a subscriber twice.
    pub record_repeated: u32,
    /// A record reaches a subscriber after later ones.
    pub record_held: u32,
    /// The read model stores nothing of a step.
    pub step_refused: u32,
    /// The read model stores a step, then fails.
    pub step_done: u32,
    /// The read model fails, and stores the step later.
    pub step_late: u32,
    /// The read model cannot be read.
    pub model_error: u32,
    /// In each 100 ms: the read model is put back to what it was, as a switch to another generation does.
    pub switched: u32,
    /// In each 100 ms: a read model's server crashes and has lost its last transactions.
    pub lost_steps: u32,
    /// In each 100 ms: parked events are tried again.
    pub retried: u32,
    /// In each 100 ms: a release is out that can apply what could not be applied before.
    pub released: u32,
    /// In each 100 ms: the bus's partitions are shared out anew.
    pub rebalanced: u32,
    /// In each 100 ms: the bus forgets its oldest records.
    pub forgotten: u32,
    /// In each 100 ms: the bus's topic is deleted and made anew.
    pub made_anew: u32,
    /// In each 100 ms: somebody else puts a record on the bus.
    pub foreign: u32,
    /// A process stops for seconds, before a call takes effect or after, and goes on with what it knew.
    pub frozen: u32,
    /// A process dies, before a call takes effect or after.
    pub death: u32,
    /// In each 100 ms: a command host is stopped in good order, and started again.
    pub stopped: u32,
    /// A client gives up waiting.
    pub abandoned: u32,
    /// In each 100 ms: a host's clock jumps.
    pub jump: u32,
    /// In each 100 ms: the log, the bus, the read model or the ledger is gone for a while.
    pub outage: u32,
}

/// What a run is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Only small delays.
    Calm,
    /// The log's answers get lost.
    Doubtful,
    /// The bus and the read model fail.
    Windy,
    /// Processes die.
    Deadly,
    /// Everything at once, now and then.
    Unsettled,
    /// Everything at once, often.
    Stormy,
}

impl Odds {
    /// Some odds that fit the weather.
    pub(crate) fn of(weather: Weather, chance: &Chance) -> Self {
        let all = |most: u64| Self::all(most, chance);
        match weather {
            Weather::Calm => Self::default(),
            Weather::Doubtful => {
                let Self { doubt_nothing, doubt_done, doubt_late, doubt_part, refused, read_error, .. } =
                    all(120);
                let Self { pieces, lag, .. } = all(400);
                let Self { ledger_nothing, ledger_done, ledger_late, .. } = all(60);
                Self {
                    ledger_nothing,
                    ledger_done,
                    ledger_late,
                    pieces,
                    lag,
                    doubt_nothing,
                    doubt_done,
                    doubt_late,
                    doubt_part,
                    refused,
                    read_error,
                    ..Self::default()
                }
            }
            Weather::Windy => Self {
                refused: 0,
                doubt_nothing: 0,
                doubt_done: 0,
                doubt_late: 0,
                doubt_part: 0,
                read_error: 0,
                pieces: 0,
                lag: 0,
                ledger_nothing: 0,
                ledger_done: 0,
                ledger_late: 0,
                ledger_full: 0,
                ledger_slow: 0,
                frozen: 0,
                death: 0,
                ..all(120)
            },
            Weather::Deadly => Self {
                death: 8,
                frozen: 8,
                stopped: 20,
                rebalanced: 100,
                abandoned: 20,
                slow: 5,
                operated: 20,
                ..Self::default()
            },
            Weather::Unsettled => all(25),
            Weather::Stormy => all(100),
        }
    }

    fn all(most: u64, chance: &Chance) -> Self {
        let some = || u32::try_from(chance.between(1, most)).unwrap_or(0);
        Self {
            slow: some() / 8,
            refused: some(),
            doubt_nothing: some(),
            doubt_done: some(),
            doubt_late: some(),
            doubt_part: some(),
            pieces: some(),
            lag: some(),
            read_error: some(),
            short_read: some(),
            publish_refused: some(),
            publish_done: some(),
            publish_part: some(),
            bus_error: some(),
            record_lost: some(),
            record_repeated: some(),
            record_held: some(),
            step_refused: some(),
            step_done: some(),
            step_late: some(),
            model_error: some(),
            switched: some() / 4,
            lost_steps: some(),
            retried: some(),
            released: some() / 4,
            rebalanced: some(),
            forgotten: some(),
            made_anew: some() / 4,
            foreign: some(),
            frozen: some() / 16,
            death: some() / 16,
            abandoned: some() / 2,
            jump: some(),
            outage: some() / 8,
            ledger_nothing: some(),
            ledger_done: some(),
            ledger_late: some(),
            ledger_full: some() / 8,
            ledger_slow: some() / 8,
            operated: some(),
            stopped: some() / 8,
        }
    }
}
