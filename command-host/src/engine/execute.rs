//! Loads, decides, appends; again where another was faster.

use std::sync::Arc;
use std::time::Duration;

use tidings_domain::{Aggregate, Command, Context, DecodeError, Encoded, Event, Fact, Facts, StreamId};
use tidings_eventstore::{Append, AppendError, Appended, EventStore, ReadError};
use tidings_world::Handle;
use tokio::time::Instant;

use super::cache::{Folded, Folds};
use super::outcome::{ExecuteError, Meta, Outcome};
use super::turns::Turns;

/// Carries out commands of any aggregate whose limits are `L`, on one event store.
///
/// ```
/// use std::sync::Arc;
/// use tidings_command_host::{Engine, Meta, Options, Outcome};
/// use tidings_domain::{Actor, post};
/// use tidings_eventstore::{EventStore, MemoryLog};
/// use tidings_world::{System, World};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let world = Arc::new(System::new());
/// let store = EventStore::start(Arc::new(MemoryLog::new(8)), world.clone(), Default::default());
/// let engine = Engine::new(store, world.clone(), Default::default(), Options::default());
/// let command = post::Command::CreatePost { post: world.id().into(), text: "hello".into() };
/// let meta = Meta::new(world.id(), Actor::user(world.id().into()));
/// let outcome = engine.execute::<post::Post>(&command, meta).await.unwrap();
/// assert!(matches!(outcome, Outcome::Appended { replayed: false, .. }));
/// let again = engine.execute::<post::Post>(&command, meta).await.unwrap();
/// assert!(matches!(again, Outcome::Appended { replayed: true, .. }));
/// # });
/// ```
pub struct Engine<L = ()> {
    store: EventStore,
    world: Handle,
    limits: L,
    options: Options,
    states: Folds,
    facts: Folds,
    turns: Turns,
}

/// How an [`Engine`] works.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many aggregates, and how many facts, are kept in memory.
    pub cached_streams: u64,
    /// How often a command that met a conflict is decided anew before the caller is told.
    pub retries: u32,
    /// How old a fact about another aggregate may be when a command is decided by it.
    pub fact_age: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { cached_streams: 20_000, retries: 8, fact_age: Duration::from_secs(1) }
    }
}

/// How new the history that a decision saw must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Freshness {
    /// What is in memory will do; the append finds out where it is old.
    Cached,
    /// Read from the log after the command came.
    Fresh,
}

impl<L> Engine<L> {
    /// An engine on a store.
    pub fn new(store: EventStore, world: Handle, limits: L, options: Options) -> Self {
        let (states, facts) = (Folds::new(options.cached_streams), Folds::new(options.cached_streams));
        Self { store, world, limits, options, states, facts, turns: Turns::new() }
    }

    /// The store that it appends to.
    pub fn store(&self) -> &EventStore {
        &self.store
    }

    /// Carries a command out, once.
    ///
    /// Commands on one stream take turns in the order in which their futures were first polled. A refusal, and
    /// a decision that nothing changes, is only given on freshly read history.
    ///
    /// # Errors
    /// The aggregate's rejection, or why the command could not be carried out.
    pub async fn execute<A: Aggregate<Limits = L>>(
        &self,
        command: &A::Command,
        meta: Meta,
    ) -> Result<Outcome, ExecuteError<A::Rejection>> {
        let stream = command.stream();
        let _turn = self.turns.take(&stream).await;
        let mut freshness = Freshness::Cached;
        let mut retries = self.options.retries;
        loop {
            // At every decision: it may have waited for its turn, or this process may have been stopped.
            if meta.not_after.is_some_and(|end| Instant::now() > end) {
                return Err(ExecuteError::Late);
            }
            let (state, fresh_state) = self.state::<A>(&stream, command, freshness).await?;
            let (facts, fresh_facts) = self.facts::<A>(&state.fold, command, freshness).await?;
            let context =
                Context { actor: meta.actor, now: self.world.now(), limits: &self.limits, facts: &facts };
            let decision = state.fold.decide(command, &context);
            let events = match decision {
                Ok(events) if !events.is_empty() => events,
                _ if !(fresh_state && fresh_facts) => {
                    freshness = Freshness::Fresh;
                    continue;
                }
                refusal => return self.refuse(stream, state.version, meta, refusal.map(|_| ())).await,
            };
            match self.append(&stream, state.version, &events, meta).await {
                Ok(Appended { commit, replayed }) => {
                    self.facts.forget(&stream);
                    match replayed {
                        true => self.states.forget(&stream),
                        false => self.advance(&stream, state, &events),
                    }
                    return Ok(Outcome::Appended { commit, replayed });
                }
                Err(source @ AppendError::Conflict { .. }) => {
                    if retries == 0 {
                        return Err(ExecuteError::Conflict { stream, source });
                    }
                    retries -= 1;
                    freshness = Freshness::Fresh;
                }
                Err(AppendError::CommandReused { command, stream }) => {
                    return Err(ExecuteError::CommandReused { command, stream });
                }
                Err(AppendError::Unfit(why)) => return Err(ExecuteError::Unfit(why)),
                Err(AppendError::Unavailable(why)) => {
                    // It may have landed: what is in memory may be behind.
                    return Err(ExecuteError::Unavailable(why));
                }
            }
        }
    }

    /// The state to decide on, and whether it was read from the log just now.
    async fn state<A: Aggregate>(
        &self,
        stream: &StreamId,
        command: &A::Command,
        freshness: Freshness,
    ) -> Result<(Folded<A>, bool), ExecuteError<A::Rejection>> {
        let cached = self.states.get::<A>(stream);
        match (freshness, cached) {
            (Freshness::Cached, Some(state)) => Ok((state, false)),
            (Freshness::Cached, None) if command.opens() => Ok((Folded::empty(), false)),
            (_, cached) => {
                let from = cached.unwrap_or_else(Folded::empty);
                let evolve = |state: &mut A, stored: &Encoded| -> Result<(), DecodeError> {
                    state.evolve(&A::Event::decode(stored)?);
                    Ok(())
                };
                let state = self.read_on(stream, from, evolve).await?;
                self.states.put(stream, &state);
                Ok((state, true))
            }
        }
    }

    /// What the decision must know of others, and whether all of it was read from the log just now.
    async fn facts<A: Aggregate>(
        &self,
        state: &A,
        command: &A::Command,
        freshness: Freshness,
    ) -> Result<(Facts<A::Fact>, bool), ExecuteError<A::Rejection>> {
        let mut facts = Facts::new();
        let mut all_fresh = true;
        for stream in state.needs(command) {
            let cached = self.facts.get::<A::Fact>(&stream);
            let fact = match cached {
                Some(fact)
                    if freshness == Freshness::Cached && fact.read_at.elapsed() < self.options.fact_age =>
                {
                    all_fresh = false;
                    fact
                }
                cached => {
                    let from = cached.unwrap_or_else(Folded::empty);
                    let fact = self.read_on(&stream, from, A::Fact::learn).await?;
                    self.facts.put(&stream, &fact);
                    fact
                }
            };
            facts.insert(stream, A::Fact::clone(&fact.fold));
        }
        Ok((facts, all_fresh))
    }

    /// Folds what the log holds of a stream after what was folded before.
    async fn read_on<T: Clone + Default, R>(
        &self,
        stream: &StreamId,
        mut folded: Folded<T>,
        mut take: impl FnMut(&mut T, &Encoded) -> Result<(), DecodeError>,
    ) -> Result<Folded<T>, ExecuteError<R>> {
        let read_at = Instant::now();
        let from = folded.version + 1;
        let done = self.store.fold_stream(stream, from, |commit| -> Result<(), FoldError> {
            let known = usize::try_from(from.saturating_sub(commit.first_version)).unwrap_or(usize::MAX);
            for event in commit.events.iter().skip(known) {
                take(Arc::make_mut(&mut folded.fold), event)?;
            }
            folded.version = commit.last_version();
            Ok(())
        });
        done.await.map_err(|error| match error {
            FoldError::Read(error) => error.into(),
            FoldError::Decode(source) => ExecuteError::Unreadable { stream: stream.clone(), source },
        })?;
        Ok(Folded { read_at, ..folded })
    }

    async fn append<E: Event>(
        &self,
        stream: &StreamId,
        expected: u64,
        events: &[E],
        meta: Meta,
    ) -> Result<Appended, AppendError> {
        let append = Append {
            stream: stream.clone(),
            expected,
            events: events.iter().map(Event::encode).collect(),
            command: meta.command,
            correlation: meta.correlation.unwrap_or(meta.command),
            causation: meta.causation,
            actor: meta.actor.id.0,
            occurred_at: meta.occurred_at,
        };
        self.store.append(append).await
    }

    /// Keeps the state as the appended events have made it.
    fn advance<A: Aggregate>(&self, stream: &StreamId, mut state: Folded<A>, events: &[A::Event]) {
        let fold = Arc::make_mut(&mut state.fold);
        for event in events {
            fold.evolve(event);
        }
        state.version += events.len() as u64;
        self.states.put(stream, &state);
    }

    /// A refusal on fresh history; unless the command is the very one that made this history.
    async fn refuse<R>(
        &self,
        stream: StreamId,
        version: u64,
        meta: Meta,
        refusal: Result<(), R>,
    ) -> Result<Outcome, ExecuteError<R>> {
        match self.store.find_on(&stream, meta.command).await? {
            Some(commit) if commit.stream == stream => Ok(Outcome::Appended { commit, replayed: true }),
            Some(commit) => {
                Err(ExecuteError::CommandReused { command: meta.command, stream: commit.stream.clone() })
            }
            None => match refusal {
                Ok(()) => {
                    let last = self.store.read_stream(&stream, version, 1).await?;
                    let at = last.commits.first().map(|commit| commit.position);
                    Ok(Outcome::Unchanged { stream, version, at })
                }
                Err(rejection) => Err(ExecuteError::Rejected(rejection)),
            },
        }
    }
}

enum FoldError {
    Read(ReadError),
    Decode(DecodeError),
}

impl From<ReadError> for FoldError {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<DecodeError> for FoldError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}
