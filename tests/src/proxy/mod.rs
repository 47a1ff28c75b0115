//! A TCP proxy between a client and a server that does to their connections what a test tells it to.

mod link;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What happens to connections, old and new, until it is set anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// All goes through.
    Passes,
    /// All goes through, each piece so much later, each way.
    Delayed(Duration),
    /// Nothing moves, and nothing is closed. What arrives meanwhile goes on afterwards.
    Frozen,
    /// Requests arrive and have their effect; what is replied is thrown away.
    RepliesDropped,
    /// A connection is cut when it has carried so many bytes of replies, counted from now, and more would follow.
    /// With 0: a request has its effect, and instead of a reply the connection ends.
    RepliesCut(usize),
    /// The same for requests: a part of one arrives.
    RequestsCut(usize),
    /// Connections end at once, those that there are and new ones.
    Refused,
}

/// A proxy; it and its connections end when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    traffic: Traffic,
    /// Counts how often `traffic` was set.
    epoch: u64,
    closed: bool,
    accepted: u64,
    /// Both ends of each open connection.
    links: BTreeMap<u64, [TcpStream; 2]>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl State {
    fn cut(&mut self) {
        for end in self.links.values().flatten() {
            let _ = end.shutdown(Shutdown::Both); // it may have ended by itself
        }
        self.links.clear();
    }
}

impl Proxy {
    /// A proxy on a free port, to a server that may not be there yet.
    ///
    /// # Panics
    /// When there is no port.
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (traffic, links) = (Traffic::Passes, BTreeMap::new());
        let state = Mutex::new(State { traffic, epoch: 0, closed: false, accepted: 0, links });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let accepting = thread::spawn({
            let shared = shared.clone();
            move || link::accept(&listener, server, &shared)
        });
        Self { address, shared, accepting: Some(accepting) }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on this happens.
    pub fn set(&self, traffic: Traffic) {
        let mut state = self.shared.state();
        state.traffic = traffic;
        state.epoch += 1;
        if traffic == Traffic::Refused {
            state.cut();
        }
        self.shared.changed.notify_all();
    }

    /// Ends all connections that there are, whatever is on its way in them.
    pub fn cut(&self) {
        self.shared.state().cut();
        self.shared.changed.notify_all();
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.shared.state().links.len()
    }

    /// How many connections there ever were, those that were refused too.
    pub fn accepted(&self) -> u64 {
        self.shared.state().accepted
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.state().closed = true;
        self.cut();
        let _ = TcpStream::connect(self.address); // wakes the one who accepts
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}
