//! One connection through the proxy: a thread for each way.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use super::{Shared, Traffic};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Request,
    Reply,
}

/// Takes connections until the proxy is closed.
pub(super) fn accept(listener: &TcpListener, server: SocketAddr, shared: &Arc<Shared>) {
    for client in listener.incoming().map_while(Result::ok) {
        let number = {
            let mut state = shared.state();
            if state.closed {
                return;
            }
            state.accepted += 1;
            if state.traffic == Traffic::Refused {
                continue;
            }
            state.accepted
        };
        let shared = shared.clone();
        thread::spawn(move || open(client, server, number, &shared));
    }
}

fn open(client: TcpStream, server: SocketAddr, number: u64, shared: &Arc<Shared>) {
    let Ok(server) = TcpStream::connect(server) else { return };
    // Small requests and replies are not to wait for each other.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let copies = || Some([client.try_clone().ok()?, server.try_clone().ok()?]);
    let (Some(kept), Some([replies_to, requests_to])) = (copies(), copies()) else { return };
    {
        let mut state = shared.state();
        if state.closed || state.traffic == Traffic::Refused {
            return;
        }
        state.links.insert(number, kept);
    }
    let replies = thread::spawn({
        let shared = shared.clone();
        move || Pump { number, way: Way::Reply, epoch: 0, carried: 0, shared }.run(server, replies_to)
    });
    Pump { number, way: Way::Request, epoch: 0, carried: 0, shared: shared.clone() }.run(client, requests_to);
    let _ = replies.join();
    shared.state().links.remove(&number);
}

/// Carries bytes one way.
struct Pump {
    number: u64,
    way: Way,
    epoch: u64,
    /// Bytes in this epoch.
    carried: usize,
    shared: Arc<Shared>,
}

impl Pump {
    fn run(mut self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let (pass, goes_on) = self.judge(length);
            if to.write_all(&buffer[..pass]).is_err() || !goes_on {
                let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
                return;
            }
        }
        // The other way may have something left to say.
        let _ = to.shutdown(Shutdown::Write);
    }

    /// Waits as long as it has to; how many of the bytes go on, and whether the connection does.
    fn judge(&mut self, length: usize) -> (usize, bool) {
        let arrived = Instant::now();
        let shared = self.shared.clone();
        let mut state = shared.state();
        loop {
            if !state.links.contains_key(&self.number) {
                return (0, false);
            }
            if self.epoch != state.epoch {
                (self.epoch, self.carried) = (state.epoch, 0);
            }
            let limit = match (state.traffic, self.way) {
                (Traffic::Refused, _) => return (0, false),
                (Traffic::RepliesDropped, Way::Reply) => return (0, true),
                (Traffic::RepliesCut(limit), Way::Reply) | (Traffic::RequestsCut(limit), Way::Request) => {
                    limit
                }
                (Traffic::Frozen, _) => {
                    state = shared.changed.wait(state).unwrap();
                    continue;
                }
                (Traffic::Delayed(delay), _) => {
                    let left = delay.saturating_sub(arrived.elapsed());
                    if !left.is_zero() {
                        (state, _) = shared.changed.wait_timeout(state, left).unwrap();
                        continue;
                    }
                    usize::MAX
                }
                _ => usize::MAX,
            };
            let pass = length.min(limit - self.carried);
            self.carried += pass;
            return (pass, pass == length);
        }
    }
}
