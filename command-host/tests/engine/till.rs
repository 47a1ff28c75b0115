//! A till: money goes in and out, never below zero, and only while the shop is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tidings_command_host::{Engine, ExecuteError, Meta, Options, Outcome};
use tidings_domain::{
    Actor, Aggregate, Class, Command, Context, DecodeError, Encoded, Event, Fact, Rejection, StreamId,
    UserId, events,
};
use tidings_eventstore::{EventStore, MemoryLog};
use tidings_world::Seeded;
use uuid::Uuid;

#[derive(Clone, Debug)]
pub enum TillCommand {
    Put {
        till: &'static str,
        amount: i64,
    },
    Take {
        till: &'static str,
        amount: i64,
    },
    /// Sets the shop's sign; the till `shop` is the shop.
    Open {
        open: bool,
    },
    /// Puts, if the shop is open.
    Sell {
        till: &'static str,
        amount: i64,
    },
}

impl Command for TillCommand {
    fn name(&self) -> &'static str {
        "Till"
    }

    fn stream(&self) -> StreamId {
        match self {
            Self::Put { till, .. } | Self::Take { till, .. } | Self::Sell { till, .. } => stream(till),
            Self::Open { .. } => stream("shop"),
        }
    }

    fn opens(&self) -> bool {
        matches!(self, Self::Put { .. })
    }
}

pub fn stream(till: &str) -> StreamId {
    StreamId::of("till", till).unwrap()
}

events! {
    pub enum TillEvent {
        Moved(1) { amount: i64 },
        SignTurned(1) { open: bool },
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
pub enum No {
    #[error("there are only {0} in it")]
    Short(i64),
    #[error("the shop is closed")]
    Closed,
}

impl Rejection for No {
    fn code(&self) -> &'static str {
        "no"
    }

    fn class(&self) -> Class {
        Class::Rejected
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Till {
    pub holds: i64,
    pub open: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Shop {
    pub open: bool,
}

impl Fact for Shop {
    fn learn(&mut self, event: &Encoded) -> Result<(), DecodeError> {
        if let TillEvent::SignTurned { open } = TillEvent::decode(event)? {
            self.open = open;
        }
        Ok(())
    }
}

impl Aggregate for Till {
    const NAME: &'static str = "till";
    type Command = TillCommand;
    type Event = TillEvent;
    type Rejection = No;
    type Fact = Shop;
    type Limits = ();

    fn evolve(&mut self, event: &TillEvent) {
        match event {
            TillEvent::Moved { amount } => self.holds += amount,
            TillEvent::SignTurned { open } => self.open = *open,
        }
    }

    fn needs(&self, command: &TillCommand) -> Vec<StreamId> {
        if matches!(command, TillCommand::Sell { .. }) { vec![stream("shop")] } else { vec![] }
    }

    fn decide(&self, command: &TillCommand, context: &Context<'_, Self>) -> Result<Vec<TillEvent>, No> {
        match command {
            TillCommand::Put { amount, .. } => Ok(vec![TillEvent::Moved { amount: *amount }]),
            TillCommand::Take { amount, .. } if *amount > self.holds => Err(No::Short(self.holds)),
            TillCommand::Take { amount, .. } => Ok(vec![TillEvent::Moved { amount: -amount }]),
            TillCommand::Open { open } if *open == self.open => Ok(vec![]),
            TillCommand::Open { open } => Ok(vec![TillEvent::SignTurned { open: *open }]),
            TillCommand::Sell { .. } if !context.fact(&stream("shop")).open => Err(No::Closed),
            TillCommand::Sell { amount, .. } => Ok(vec![TillEvent::Moved { amount: *amount }]),
        }
    }
}

/// A host on a log that others may share.
pub struct Host(pub Engine);

impl Host {
    pub fn on(log: &MemoryLog) -> Self {
        Self::with(log, Options::default())
    }

    pub fn with(log: &MemoryLog, options: Options) -> Self {
        // Hosts draw different ids, as in life.
        static SEED: AtomicU64 = AtomicU64::new(0);
        let world = Arc::new(Seeded::new(SEED.fetch_add(1, Ordering::Relaxed)));
        let store = EventStore::start(Arc::new(log.clone()), world.clone(), Default::default());
        Self(Engine::new(store, world, (), options))
    }

    pub async fn give(&self, id: u128, command: TillCommand) -> Result<Outcome, ExecuteError<No>> {
        let meta = Meta::new(Uuid::from_u128(id), Actor::user(UserId(Uuid::nil())));
        self.0.execute::<Till>(&command, meta).await
    }

    /// The version after an append, and whether it was replayed.
    pub async fn done(&self, id: u128, command: TillCommand) -> (u64, bool) {
        match self.give(id, command).await {
            Ok(Outcome::Appended { commit, replayed }) => (commit.last_version(), replayed),
            other => panic!("expected an append, got {other:?}"),
        }
    }

    pub async fn rejected(&self, id: u128, command: TillCommand) -> No {
        match self.give(id, command).await {
            Err(ExecuteError::Rejected(no)) => no,
            other => panic!("expected a rejection, got {other:?}"),
        }
    }
}
