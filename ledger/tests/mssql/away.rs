//! Servers that are away, silent, restarted; and who waits for them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tidings_ledger::{Ledger, MssqlLedger, Received};
use tidings_world::System;
use uuid::Uuid;

use crate::double::{Door, Fault, Refusal};
use crate::failing::{now, opened, promise, why};

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let (server, ledger) = opened().await;
    ledger.get(Uuid::nil()).await.unwrap();
    server.fails("get", Fault::Hangs);
    tokio::time::pause();
    assert_eq!(why(ledger.get(Uuid::nil()).await), "no answer within 4 s");
    tokio::time::resume();
    assert_eq!(ledger.get(Uuid::nil()).await, Ok(None));
}

#[tokio::test]
async fn a_server_that_was_restarted_costs_no_call_that_comes_after_it() {
    let (server, ledger) = opened().await;
    ledger.get(Uuid::nil()).await.unwrap();
    server.stop().await;
    server.go_on().await;
    assert_eq!(ledger.get(Uuid::nil()).await, Ok(None));
}

#[tokio::test]
async fn a_server_that_is_away_is_asked_rarely_and_found_when_it_is_back() {
    let (server, ledger) = opened().await;
    let before = server.heard("login");
    server.door(Door::Refuses(Refusal::new(40_613, 17, "Database is not currently available.")));
    for _ in 0..500 {
        assert!(why(ledger.get(Uuid::nil()).await).contains("40613"), "each is told why");
    }
    let asked = server.heard("login") - before;
    assert!((1..=20).contains(&asked), "{asked} logins for 500 calls");
    server.door(Door::Open);
    let begun = Instant::now();
    while ledger.get(Uuid::nil()).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is not found again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_statement_that_says_that_the_server_is_away_is_believed() {
    let (server, ledger) = opened().await;
    ledger.get(Uuid::nil()).await.unwrap();
    let logins = server.heard("login");
    server.fails("get", Fault::Refused(Refusal::new(40_613, 17, "Database is not currently available.")));
    ledger.get(Uuid::nil()).await.unwrap_err();
    tokio::time::pause();
    assert!(why(ledger.get(Uuid::nil()).await).contains("(40613)"));
    assert_eq!(server.heard("login"), logins, "it is not tried at once");
    tokio::time::advance(Duration::from_secs(1)).await;
    tokio::time::resume();
    assert_eq!(ledger.get(Uuid::nil()).await, Ok(None));
}

#[tokio::test]
async fn a_login_that_is_refused_is_tried_rarely_so_that_it_is_not_locked_out() {
    for number in [18_456, 4_060] {
        let (server, ledger) = opened().await;
        let before = server.heard("login");
        server.door(Door::Refuses(Refusal::new(number, 14, "Login failed.")));
        ledger.get(Uuid::nil()).await.unwrap_err();
        server.door(Door::Open);
        tokio::time::pause();
        for _ in 0..29 {
            assert!(why(ledger.get(Uuid::nil()).await).contains(&number.to_string()));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(server.heard("login"), before + 1);
        tokio::time::advance(Duration::from_secs(2)).await;
        tokio::time::resume();
        assert_eq!(ledger.get(Uuid::nil()).await, Ok(None));
    }
}

#[tokio::test]
async fn a_session_that_was_idle_for_long_is_not_trusted() {
    let (server, ledger) = opened().await;
    ledger.get(Uuid::nil()).await.unwrap();
    for (idle, new) in [(59, 0), (61, 1)] {
        let logins = server.heard("login");
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(idle)).await;
        tokio::time::resume();
        ledger.get(Uuid::nil()).await.unwrap();
        assert_eq!(server.heard("login"), logins + new, "{idle}");
    }
}

/// As where a firewall has forgotten the connections.
#[tokio::test]
async fn when_one_session_says_nothing_the_idle_ones_are_not_trusted_either() {
    for patience in [Duration::from_secs(2), Duration::from_secs(9)] {
        let (server, ledger) = opened().await;
        let get = || ledger.get(Uuid::nil());
        let all = tokio::join!(get(), get(), get());
        assert_eq!(all, (Ok(None), Ok(None), Ok(None)));
        let logins = server.heard("login");
        server.fails("get", Fault::Hangs);
        tokio::time::pause();
        let told = tokio::time::timeout(patience, get()).await;
        assert!(told.is_err() == (patience < Duration::from_secs(4)), "{told:?}");
        tokio::time::resume();
        assert_eq!(get().await, Ok(None));
        assert_eq!(server.heard("login"), logins + 1, "none of the others is used");
    }
}

#[tokio::test]
async fn a_server_that_is_away_when_the_host_starts_is_found_later() {
    let (server, _) = opened().await;
    server.stop().await;
    let ledger = MssqlLedger::at(&server.url().parse().unwrap(), Arc::new(System::new()));
    assert!(why(ledger.backlog(1).await).contains("refused"));
    server.go_on().await;
    let begun = Instant::now();
    while ledger.backlog(1).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is not found");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_known_to_be_away_though_no_caller_waits_for_long() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("mssql://tidings:s3cret@{}/tidings", silent.local_addr().unwrap());
    let ledger = MssqlLedger::at(&url.parse().unwrap(), Arc::new(System::new()));
    let begun = Instant::now();
    loop {
        let call = tokio::time::timeout(Duration::from_millis(20), ledger.backlog(1)).await;
        match call {
            Ok(told) if why(told.clone()).contains("look at host and port") => break,
            Ok(_) | Err(_) => assert!(begun.elapsed() < Duration::from_secs(10), "nobody learns of it"),
        }
    }
}

#[tokio::test]
async fn a_database_that_was_put_back_to_another_format_is_not_touched() {
    let (server, ledger) = opened().await;
    ledger.receive(promise(1), now()).await.unwrap();
    server.stop().await;
    server.spoil("UPDATE tidings_ledger SET format = 7");
    server.go_on().await;
    let heard = server.heard("receive");
    assert!(why(ledger.receive(promise(2), now()).await).contains("format 7"));
    assert_eq!(server.heard("receive"), heard);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_a_few_connections() {
    let (server, ledger) = opened().await;
    let before = server.heard("login");
    let calls: Vec<_> = (0..300)
        .map(|number| {
            let ledger = ledger.clone();
            tokio::spawn(async move { ledger.receive(promise(number), now()).await })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(Received::Accepted));
    }
    let logins = server.heard("login") - before;
    assert!((1..=16).contains(&logins), "{logins} logins");
}

#[tokio::test]
async fn a_call_that_is_given_up_by_its_caller_leaves_the_others_alone() {
    let (server, ledger) = opened().await;
    for _ in 0..20 {
        server.fails("get", Fault::Hangs);
        let call = ledger.get(Uuid::nil());
        tokio::time::timeout(Duration::from_millis(20), call).await.unwrap_err();
    }
    assert_eq!(ledger.backlog(10).await, Ok(0));
}

#[tokio::test]
async fn a_ledger_that_is_closed_says_so() {
    let (_server, ledger) = opened().await;
    let other = ledger.clone();
    let shared: Arc<dyn Ledger> = Arc::new(other);
    ledger.close().await;
    assert!(why(shared.backlog(1).await).contains("closed"));
    assert!(!format!("{ledger:?}").contains("s3cret"), "{ledger:?}");
}
