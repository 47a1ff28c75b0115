//! What a server grants its clients.

use std::time::Duration;

/// The limits of one server.
///
/// ```
/// use tidings_wire::Limits;
/// let limits = Limits { connections: 16, ..Limits::default() };
/// assert_eq!(limits.line_bytes, 65_536);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of a line, its end not counted, both ways; 65,536.
    pub line_bytes: usize,
    /// The most connections at once; 1,024. One more is told `overloaded` and closed.
    pub connections: usize,
    /// The most requests of one connection being worked on; 128. Further lines are not read until one is
    /// answered.
    pub in_flight: usize,
    /// The most bytes of the lines being worked on, for one connection, and of the replies that they are expected
    /// to get, going by those before; 512 KiB. One line is always taken.
    pub in_flight_bytes: usize,
    /// The most requests of all connections being worked on; 8,192. One more is answered `overloaded`.
    pub requests: usize,
    /// The bytes of the lines of all connections being worked on, beyond which one more is answered `overloaded`;
    /// 32 MiB.
    pub request_bytes: usize,
    /// The bytes of replies that a client may leave unread before its further lines wait; 64 KiB.
    pub unread_bytes: usize,
    /// How long a connection may stay with nothing asked and nothing to answer; 5 minutes.
    pub idle: Duration,
    /// How long a line may take from its first byte to its end; 60 s.
    pub line_time: Duration,
    /// How long a client may take none of the bytes sent to it; 30 s.
    pub write_time: Duration,
    /// How long a drain waits for what is in flight; 10 s.
    pub drain_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 65_536,
            connections: 1_024,
            in_flight: 128,
            in_flight_bytes: 512 << 10,
            requests: 8_192,
            request_bytes: 32 << 20,
            unread_bytes: 64 << 10,
            idle: Duration::from_secs(300),
            line_time: Duration::from_secs(60),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(10),
        }
    }
}
