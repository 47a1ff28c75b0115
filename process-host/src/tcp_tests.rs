use tidings_wire::Client;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// The command host's end of a connection.
struct Host {
    lines: Lines<BufReader<OwnedReadHalf>>,
    replies: OwnedWriteHalf,
}

impl Host {
    async fn accept(listener: &TcpListener) -> Self {
        let (stream, _): (TcpStream, _) = listener.accept().await.unwrap();
        let (requests, replies) = stream.into_split();
        Self { lines: BufReader::new(requests).lines(), replies }
    }

    async fn line(&mut self) -> String {
        self.lines.next_line().await.unwrap().expect("a line")
    }

    async fn say(&mut self, reply: &str) {
        self.replies.write_all(format!("{reply}\n").as_bytes()).await.unwrap();
    }
}

fn order(n: u128) -> Order {
    let id = Uuid::from_u128(n);
    Order { id, line: format!(r#"{{"id":"{id}"}}"#) }
}

fn reply(n: u128) -> String {
    format!(r#"{{"id":"{}","ok":true}}"#, Uuid::from_u128(n))
}

async fn pair() -> (TcpListener, Tcp) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let tcp = Tcp::new(listener.local_addr().unwrap().to_string());
    (listener, tcp)
}

#[tokio::test]
async fn replies_are_given_in_the_order_of_their_orders_however_they_come_and_the_connection_is_kept() {
    let (listener, tcp) = pair().await;
    let orders = [order(1), order(2), order(3)];
    let host = async {
        let mut host = Host::accept(&listener).await;
        for order in &orders {
            assert_eq!(host.line().await, order.line);
        }
        for n in [3, 1, 2] {
            host.say(&reply(n)).await;
        }
        host
    };
    let (replies, mut host) = tokio::join!(tcp.carry_out(&orders), host);
    assert_eq!(replies, Ok(vec![reply(1), reply(2), reply(3)]));
    let again = async {
        assert_eq!(host.line().await, order(4).line);
        host.say(&reply(4)).await;
    };
    let orders = [order(4)];
    assert_eq!(tokio::join!(tcp.carry_out(&orders), again).0, Ok(vec![reply(4)]));
}

#[tokio::test]
async fn after_a_connection_that_broke_the_next_orders_go_by_a_new_one() {
    let (listener, tcp) = pair().await;
    let orders = [order(1), order(2)];
    let breaks = async {
        let mut host = Host::accept(&listener).await;
        host.line().await;
        host.line().await;
        host.say(&reply(1)).await;
    };
    let (broken, ()) = tokio::join!(tcp.carry_out(&orders), breaks);
    let broken = broken.unwrap_err();
    assert!(broken.starts_with(&format!("the command host at {}: ", tcp.address)), "{broken}");
    let works = async {
        let mut host = Host::accept(&listener).await;
        for n in [1, 2] {
            assert_eq!(host.line().await, order(n).line);
            host.say(&reply(n)).await;
        }
    };
    assert_eq!(tokio::join!(tcp.carry_out(&orders), works).0, Ok(vec![reply(1), reply(2)]));
}

#[tokio::test]
async fn a_host_that_says_something_else_is_not_believed_nor_asked_again_on_that_connection() {
    let (listener, tcp) = pair().await;
    for (said, why) in [
        (reply(7), "a reply to something else"),
        ("HTTP/1.1 400 Bad Request".to_owned(), "HTTP/1.1 400 Bad Request"),
        (r#"{"ok":true}"#.to_owned(), r#"{"ok":true}"#),
    ] {
        let talks = async {
            let mut host = Host::accept(&listener).await;
            host.line().await;
            host.say(&said).await;
            host
        };
        let orders = [order(1)];
        let (answer, mut host) = tokio::join!(tcp.carry_out(&orders), talks);
        let answer = answer.unwrap_err();
        assert!(answer.ends_with(why), "{answer}");
        assert_eq!(host.lines.next_line().await.unwrap(), None, "the connection is given up");
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_waited_for_in_vain_and_no_longer() {
    let (listener, tcp) = pair().await;
    let (connected, _host) = tokio::join!(tcp.carry_out(&[]), Host::accept(&listener));
    assert_eq!(connected, Ok(Vec::new()));
    // From here on only time passes.
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let silent = tcp.carry_out(&[order(1)]).await.unwrap_err();
    assert!(silent.ends_with("no reply came") && begun.elapsed() >= WAIT, "{silent}");
}

#[tokio::test]
async fn where_nobody_listens_it_says_where() {
    let (listener, tcp) = pair().await;
    drop(listener);
    let refused = tcp.carry_out(&[order(1)]).await.unwrap_err();
    assert!(refused.starts_with(&format!("the command host at {}: ", tcp.address)), "{refused}");
    assert!(Client::connect(&tcp.address).await.is_err());
}
