//! What goes wrong with a ledger that is open.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tidings_domain::Timestamp;
use tidings_ledger::{
    Claim, End, Finish, Hold, How, Ledger, LedgerError, MssqlLedger, Receive, Received, State,
};
use uuid::Uuid;

use crate::double::{Door, Double, Fault, Refusal};
use crate::opening::open;

const LEASE: Duration = Duration::from_secs(30);
const HOST: Uuid = Uuid::from_u128(7);

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000)
}

pub(crate) async fn opened() -> (Double, MssqlLedger) {
    let server = Double::start().await;
    let ledger = open(&server.url()).await.unwrap();
    (server, ledger)
}

fn refused(number: u32, class: u8) -> Fault {
    Fault::Refused(Refusal::new(number, class, "so says the server"))
}

fn command(number: u128, how: How) -> Receive {
    let (id, actor) = (Uuid::from_u128(number), Uuid::from_u128(77));
    Receive { id, digest: [number as u8; 32], name: "CreatePost".into(), actor, how }
}

pub(crate) fn promise(number: u128) -> Receive {
    command(number, How::Promise { text: "{}".into() })
}

fn waited_for(number: u128) -> Receive {
    command(number, How::Claim { host: HOST, lease: LEASE })
}

async fn take(ledger: &MssqlLedger, number: u128) -> Hold {
    match ledger.receive(waited_for(number), now()).await.unwrap() {
        Received::Claimed(hold) => hold,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn why<T: std::fmt::Debug>(outcome: Result<T, LedgerError>) -> String {
    outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn a_deadlocks_victim_is_tried_again_at_once_and_not_for_ever() {
    let (server, ledger) = opened().await;
    ledger.receive(promise(1), now()).await.unwrap();
    let logins = server.heard("login");
    (0..3).for_each(|_| server.fails("claim", refused(1_205, 13)));
    let claim = Claim { host: HOST, lease: LEASE, most: 10 };
    assert_eq!(ledger.claim(claim, now()).await.unwrap().work.len(), 1);
    assert_eq!((server.heard("claim"), server.heard("login")), (4, logins), "on the same session");
    (0..4).for_each(|_| server.fails("claim", refused(1_205, 13)));
    assert!(why(ledger.claim(claim, now()).await).contains("(1205)"));
    assert!(server.has_failed_as_told());
}

#[tokio::test]
async fn a_key_that_is_there_says_that_the_command_was_received() {
    let (server, ledger) = opened().await;
    take(&ledger, 1).await;
    for number in [2_601, 2_627] {
        server.fails("receive", refused(number, 14));
        let Received::Known(entry) = ledger.receive(promise(1), now()).await.unwrap() else { panic!() };
        assert!(entry.promised && entry.state == State::Processing);
    }
    // The key was there, and was removed for its age before it was looked at.
    server.fails("receive", refused(2_601, 14));
    assert_eq!(ledger.receive(promise(2), now()).await, Ok(Received::Accepted));
    (0..3).for_each(|_| server.fails("receive", refused(2_601, 14)));
    assert!(why(ledger.receive(promise(3), now()).await).contains("comes and goes"));
    assert!(server.has_failed_as_told());
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_what_to_do() {
    let (server, ledger) = opened().await;
    for (number, class, advice) in [
        (1_105, 17, "make room"),
        (9_002, 17, "make room"),
        (40_544, 17, "quota"),
        (1_222, 16, "sys.dm_tran_locks"),
        (229, 14, "their log says which"),
        (208, 16, "compatibility level"),
        (8_152, 16, "so says the server (8152)"),
    ] {
        server.fails("get", refused(number, class));
        let told = why(ledger.get(Uuid::nil()).await);
        assert!(told.contains(advice) && told.contains(&number.to_string()), "{told}");
        assert_eq!(ledger.get(Uuid::nil()).await, Ok(None), "the next call is no worse for it");
    }
}

#[tokio::test]
async fn a_session_that_may_be_in_the_middle_of_something_is_not_used_again() {
    let (server, ledger) = opened().await;
    let mut logins = server.heard("login");
    for fault in [refused(1_105, 20), refused(547, 16), Fault::CutBefore, Fault::CutAfter] {
        ledger.get(Uuid::nil()).await.unwrap();
        server.fails("backlog", fault);
        ledger.backlog(1).await.unwrap_err();
        ledger.get(Uuid::nil()).await.unwrap();
        logins += 1;
        assert_eq!(server.heard("login"), logins + 1);
    }
}

#[tokio::test]
async fn a_session_whose_transaction_was_undone_is_used_again() {
    let (server, ledger) = opened().await;
    ledger.receive(promise(1), now()).await.unwrap();
    let logins = server.heard("login");
    for number in [1_222, 1_105, 9_002, 40_544] {
        server.fails("retry", refused(number, 16));
        assert!(why(ledger.retry(Uuid::from_u128(1), now()).await).contains(&number.to_string()));
        ledger.retry(Uuid::from_u128(1), now()).await.unwrap();
    }
    assert_eq!(server.heard("login"), logins);
}

#[tokio::test]
async fn callers_are_told_nothing_of_users_databases_and_rights() {
    let (server, ledger) = opened().await;
    let secret = |number| {
        Fault::Refused(Refusal::new(number, 14, "The principal \"tidings\" may not use \"social\"."))
    };
    for number in [229, 230, 262, 297, 916, 2_760] {
        server.fails("get", secret(number));
        let told = why(ledger.get(Uuid::nil()).await);
        assert!(told.contains(&number.to_string()) && told.contains("their log"), "{told}");
        assert!(!told.contains("tidings") && !told.contains("social") && !told.contains("SELECT"), "{told}");
    }
    for number in [18_456, 18_452, 18_486, 4_060] {
        let (server, ledger) = opened().await;
        let refusal = Refusal::new(number, 14, "Login failed for user 'tidings' on \"social\".");
        server.door(Door::Refuses(refusal));
        let told = why(ledger.get(Uuid::nil()).await);
        assert!(told.contains(&number.to_string()) && told.contains("their log"), "{told}");
        assert!(!told.contains("tidings") && !told.contains("social"), "{told}");
    }
}

#[tokio::test]
async fn a_promise_whose_answer_was_lost_is_there_once() {
    let (server, ledger) = opened().await;
    server.fails("receive", Fault::CutBefore);
    ledger.receive(promise(1), now()).await.unwrap_err();
    assert_eq!(ledger.receive(promise(1), now()).await, Ok(Received::Accepted));
    server.fails("receive", Fault::CutAfter);
    ledger.receive(promise(2), now()).await.unwrap_err();
    assert_eq!(server.heard("receive"), 3, "what may have been done is not tried again by itself");
    let again = ledger.receive(promise(2), now()).await;
    assert!(matches!(again, Ok(Received::Known(entry)) if entry.promised));
    assert_eq!(ledger.backlog(10).await, Ok(2));
}

#[tokio::test]
async fn an_end_whose_answer_was_lost_counts_once() {
    let (server, ledger) = opened().await;
    let end = |hold| vec![End { hold, finish: Finish::Refused { outcome: "{}".into() } }];
    let before = take(&ledger, 1).await;
    server.fails("finish", Fault::CutBefore);
    ledger.finish(end(before), now()).await.unwrap_err();
    assert_eq!(ledger.finish(end(before), now()).await, Ok(vec![true]));
    let after = take(&ledger, 2).await;
    server.fails("finish", Fault::CutAfter);
    ledger.finish(end(after), now()).await.unwrap_err();
    assert_eq!(ledger.finish(end(after), now()).await, Ok(vec![false]));
    assert_eq!(ledger.get(after.id).await.unwrap().unwrap().state, State::Rejected);
}

#[tokio::test]
async fn a_row_that_somebody_spoiled_is_told_and_is_not_in_the_way_of_others() {
    let (server, ledger) = opened().await;
    let (spoiled, hold) = (take(&ledger, 1).await, take(&ledger, 2).await);
    server.spoil("UPDATE tidings_commands SET position = 'nowhere' WHERE number = 1");
    assert!(why(ledger.get(spoiled.id).await).contains("whose position cannot be read"));
    let refused = Finish::Refused { outcome: "{}".into() };
    assert_eq!(ledger.finish(vec![End { hold, finish: refused }], now()).await, Ok(vec![true]));
}

#[tokio::test]
async fn of_two_ends_of_one_hold_the_first_counts() {
    let (_server, ledger) = opened().await;
    let hold = take(&ledger, 1).await;
    let end = |outcome: &str| End { hold, finish: Finish::Refused { outcome: outcome.into() } };
    assert_eq!(ledger.finish(vec![end("1"), end("2")], now()).await, Ok(vec![true, false]));
    assert_eq!(ledger.get(hold.id).await.unwrap().unwrap().outcome.as_deref(), Some("1"));
}

#[tokio::test]
async fn a_long_text_and_odd_characters_come_back_as_they_were() {
    let (_server, ledger) = opened().await;
    for (number, text) in
        [String::new(), "'; DROP TABLE x --\u{1f980}\u{0}é".into(), "\u{1f980}x".repeat(60_000)]
            .into_iter()
            .enumerate()
    {
        let promised = command(number as u128, How::Promise { text: text.clone() });
        ledger.receive(promised, now()).await.unwrap();
        let work = ledger.claim(Claim { host: HOST, lease: LEASE, most: 1 }, now()).await.unwrap().work;
        assert!(work[0].text == text, "{number}");
        let failed = Finish::Failed { error: text.clone(), outcome: text.clone() };
        assert_eq!(
            ledger.finish(vec![End { hold: work[0].hold, finish: failed }], now()).await,
            Ok(vec![true])
        );
        let entry = ledger.get(work[0].hold.id).await.unwrap().unwrap();
        assert!(entry.outcome.as_deref() == Some(&text) && entry.last_error.as_deref() == Some(&text));
    }
}

/// Hosts whose clocks differ by a little, at one command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_updated_later_is_not_later_said_to_be_updated_earlier() {
    let (_server, ledger) = opened().await;
    take(&ledger, 1).await;
    let latest = Arc::new(AtomicI64::new(0));
    let hosts: Vec<_> = (0..4)
        .map(|host| {
            let (ledger, latest) = (ledger.clone(), latest.clone());
            tokio::spawn(async move {
                for round in 0..100 {
                    let how = How::Claim { host: HOST, lease: LEASE };
                    let now = now().plus_millis(round * 10 + host * 3);
                    ledger.receive(command(1, how), now).await.unwrap();
                    let before = latest.load(Ordering::SeqCst);
                    let entry = ledger.get(Uuid::from_u128(1)).await.unwrap().unwrap();
                    assert!(entry.updated_at.millis() >= before && entry.updated_at >= entry.received_at);
                    latest.fetch_max(entry.updated_at.millis(), Ordering::SeqCst);
                }
            })
        })
        .collect();
    for host in hosts {
        host.await.unwrap();
    }
}

#[tokio::test]
async fn a_renewal_that_was_overtaken_puts_no_later_lease_back() {
    let (_server, ledger) = opened().await;
    ledger.receive(promise(1), now()).await.unwrap();
    let claim = Claim { host: HOST, lease: LEASE, most: 1 };
    let hold = ledger.claim(claim, now()).await.unwrap().work[0].hold;
    for (lease, until) in [(LEASE * 3, LEASE * 3), (LEASE, LEASE * 3), (LEASE * 4, LEASE * 4)] {
        assert_eq!(ledger.renew(vec![hold], lease, now()).await, Ok(vec![]));
        let until = now().plus_millis(until.as_millis() as i64);
        assert_eq!(ledger.get(hold.id).await.unwrap().unwrap().lease_until, Some(until));
    }
    let early = ledger.claim(claim, now().plus_millis((LEASE * 4).as_millis() as i64 - 1)).await.unwrap();
    assert_eq!(early.work, [], "it is due when its lease ends");
}

#[tokio::test]
async fn no_sum_of_times_overflows() {
    let (_server, ledger) = opened().await;
    let forever = How::Claim { host: HOST, lease: Duration::MAX };
    let Received::Claimed(hold) = ledger.receive(command(1, forever), now()).await.unwrap() else { panic!() };
    let until = async || ledger.get(hold.id).await.unwrap().unwrap().lease_until.unwrap();
    assert!(until().await > now());
    assert_eq!(ledger.renew(vec![hold], Duration::MAX, now()).await, Ok(vec![]));
    assert!(until().await > now());
    assert_eq!(ledger.remove(Duration::MAX, 10, now()).await, Ok(0));
}
