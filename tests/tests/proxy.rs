//! The proxy does to connections what it is told to.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use tidings_tests::{Proxy, Traffic};

const LONG: Duration = Duration::from_secs(20);
/// Nothing is expected within it.
const SHORT: Duration = Duration::from_millis(100);

/// A proxy to a server that answers each line with the same line, in capitals; and what that got, also what was not a
/// whole line.
fn shouting() -> (Proxy, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, (told, got)) = (listener.local_addr().unwrap(), channel());
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let told = told.clone();
            thread::spawn(move || {
                let mut lines = BufReader::new(client.try_clone().unwrap());
                let mut line = String::new();
                while lines.read_line(&mut line).is_ok_and(|length| length > 0) {
                    let _ = (told.send(line.clone()), client.write_all(line.to_uppercase().as_bytes()));
                    line.clear();
                }
            });
        }
    });
    (Proxy::start(address), got)
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn to(proxy: &Proxy) -> Self {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        Self(BufReader::new(stream))
    }

    /// One that has been heard by the server.
    fn heard(proxy: &Proxy) -> Self {
        let mut client = Self::to(proxy);
        assert_eq!(client.says("hello"), "HELLO\n");
        client
    }

    fn send(&mut self, line: &str) {
        writeln!(self.0.get_mut(), "{line}").unwrap();
    }

    /// What comes, up to the end of a line or of the connection.
    fn hears(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.0.read_until(b'\n', &mut bytes) {
            Ok(_) => {}
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset, "nothing comes, and no end"),
        }
        String::from_utf8(bytes).unwrap()
    }

    fn says(&mut self, line: &str) -> String {
        self.send(line);
        self.hears()
    }

    fn hears_nothing(&mut self) {
        self.0.get_ref().set_read_timeout(Some(SHORT)).unwrap();
        let error = self.0.read(&mut [0]).expect_err("neither bytes nor an end");
        assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{error}");
        self.0.get_ref().set_read_timeout(Some(LONG)).unwrap();
    }
}

#[test]
fn all_passes_unchanged_both_ways_however_much() {
    let (proxy, _got) = shouting();
    let long = "a".repeat(1_000_000);
    assert_eq!(Client::to(&proxy).says(&long), format!("{}\n", long.to_uppercase()));
}

#[test]
fn the_end_of_the_requests_leaves_the_replies_their_time() {
    let (proxy, _got) = shouting();
    let mut client = Client::to(&proxy);
    client.send("last words");
    client.0.get_ref().shutdown(Shutdown::Write).unwrap();
    assert_eq!((client.hears(), client.hears()), ("LAST WORDS\n".into(), String::new()));
}

#[test]
fn a_cut_ends_the_connections_that_there_are_and_no_others() {
    let (proxy, _got) = shouting();
    let (mut one, mut two) = (Client::heard(&proxy), Client::heard(&proxy));
    assert_eq!(proxy.connections(), 2);
    proxy.cut();
    assert_eq!((one.hears(), two.hears()), (String::new(), String::new()));
    Client::heard(&proxy);
    assert_eq!(proxy.accepted(), 3);
}

#[test]
fn a_reply_is_cut_in_its_middle_after_its_request_had_its_effect() {
    let (proxy, got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::RepliesCut(3));
    assert_eq!((client.says("deposit"), client.hears()), ("DEP".into(), String::new()));
    assert_eq!(Client::to(&proxy).says("again"), "AGA", "each connection has its own count");
    proxy.set(Traffic::RepliesCut(0));
    assert_eq!(Client::to(&proxy).says("withdraw"), "");
    assert_eq!(got.iter().take(4).collect::<String>(), "hello\ndeposit\nagain\nwithdraw\n");
    proxy.set(Traffic::Passes);
    Client::heard(&proxy);
}

#[test]
fn a_request_is_cut_in_its_middle() {
    let (proxy, got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::RequestsCut(3));
    assert_eq!(client.says("deposit"), "");
    assert_eq!((got.recv().unwrap(), got.recv().unwrap()), ("hello\n".into(), "dep".into()));
}

#[test]
fn a_dropped_reply_never_comes_but_its_request_had_its_effect() {
    let (proxy, got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::RepliesDropped);
    client.send("deposit");
    assert_eq!(got.iter().nth(1).unwrap(), "deposit\n");
    client.hears_nothing();
    client.send("next");
    assert_eq!(got.recv_timeout(LONG).unwrap(), "next\n", "the connection goes on");
    // Only its end tells that the reply was not just late.
    proxy.cut();
    assert_eq!(client.hears(), "");
    proxy.set(Traffic::Passes);
    Client::heard(&proxy);
}

#[test]
fn nothing_moves_while_frozen_and_all_of_it_goes_on_afterwards() {
    let (proxy, got) = shouting();
    let mut old = Client::heard(&proxy);
    assert_eq!(got.recv().unwrap(), "hello\n");
    proxy.set(Traffic::Frozen);
    old.send("one");
    let mut new = Client::to(&proxy);
    new.send("two");
    old.hears_nothing();
    assert!(got.recv_timeout(SHORT).is_err());
    proxy.set(Traffic::Passes);
    assert_eq!((old.hears(), new.hears()), ("ONE\n".into(), "TWO\n".into()));
}

#[test]
fn what_is_frozen_can_be_cut() {
    let (proxy, got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::Frozen);
    client.send("one");
    client.hears_nothing();
    proxy.cut();
    assert_eq!(client.hears(), "");
    proxy.set(Traffic::Passes);
    assert_eq!((got.recv().unwrap(), got.recv_timeout(SHORT).is_err()), ("hello\n".into(), true));
}

#[test]
fn a_delay_is_waited_for_each_way() {
    let (proxy, _got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::Delayed(SHORT));
    let begun = Instant::now();
    assert_eq!(client.says("slow"), "SLOW\n");
    assert!(begun.elapsed() >= 2 * SHORT);
}

#[test]
fn who_is_refused_is_cut_and_comes_in_again_afterwards() {
    let (proxy, _got) = shouting();
    let mut client = Client::heard(&proxy);
    proxy.set(Traffic::Refused);
    assert_eq!((client.hears(), Client::to(&proxy).hears()), (String::new(), String::new()));
    proxy.set(Traffic::Passes);
    Client::heard(&proxy);
}

#[test]
fn a_server_that_is_not_there_ends_the_connection_and_may_come_later() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    drop(listener);
    let proxy = Proxy::start(server);
    assert_eq!(Client::to(&proxy).hears(), "");
    let listener = TcpListener::bind(server).unwrap();
    let mut client = Client::to(&proxy);
    listener.accept().unwrap().0.write_all(b"here\n").unwrap();
    assert_eq!(client.hears(), "here\n");
}

#[test]
fn all_ends_with_the_proxy() {
    let (proxy, _got) = shouting();
    let (mut client, address) = (Client::heard(&proxy), proxy.address());
    drop(proxy);
    assert_eq!(client.hears(), "");
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}
