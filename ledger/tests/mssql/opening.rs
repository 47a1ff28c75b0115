//! Why a ledger cannot be opened, and how it is made.

use std::sync::Arc;

use tidings_ledger::{Ledger, MssqlError, MssqlLedger, MssqlUrl};
use tidings_world::System;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::double::{Door, Double, Fault, Refusal, Tls};

pub(crate) async fn open(url: &str) -> Result<MssqlLedger, MssqlError> {
    MssqlLedger::create_or_open(&url.parse()?, Arc::new(System::new())).await
}

/// Why it cannot be opened, which tells no secret.
async fn why_not(url: &str) -> MssqlError {
    let error = open(url).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3"), "{error:?}");
    error
}

fn refusal(number: u32, class: u8, message: &str) -> Refusal {
    Refusal::new(number, class, message)
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let server = Double::start().await;
    let error = why_not(&server.url().replace("s3cret", "s3cre")).await;
    assert!(matches!(error, MssqlError::Login { number: 18_456, .. }), "{error:?}");
    assert!(error.to_string().contains("look at both"), "{error}");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told() {
    let server = Double::start().await;
    let error = why_not(&server.url().replace("/tidings?", "/other?")).await;
    assert!(matches!(error, MssqlError::Database { .. }), "{error:?}");
    assert!(error.to_string().contains("CREATE DATABASE"), "{error}");
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    let server = Double::start().await;
    let azure = [(40_613, 17), (40_197, 17), (40_501, 20), (49_918, 16), (4_221, 16), (50_123, 19)];
    let starting = [924, 942, 952, 979, 981, 982, 988, 17_187, 17_197, 17_809, 18_401, 18_451];
    for (number, class) in azure.into_iter().chain(starting.map(|number| (number, 14))) {
        server.door(Door::Refuses(refusal(number, class, "Database is not currently available.")));
        let error = why_not(&server.url()).await;
        assert!(
            matches!(&error, MssqlError::Away { cause, .. } if cause.contains(&number.to_string())),
            "{error:?}"
        );
    }
    server.door(Door::Open);
    server.stop().await;
    let error = why_not(&server.url()).await;
    assert!(matches!(&error, MssqlError::Away { cause, .. } if cause.contains("refused")), "{error:?}");
    server.go_on().await;
    open(&server.url()).await.unwrap();
}

#[tokio::test]
async fn what_is_no_sql_server_is_told() {
    // What looks like no packet, what looks like the beginning of one, what ends, and what says nothing.
    for (says, goes_on) in
        [("SSH-2.0-OpenSSH_9.2\r\n", true), ("HTTP/1.1 400 Bad Request\r\n\r\n", false), ("", true)]
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let other = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(says.as_bytes()).await.unwrap();
            if goes_on {
                tokio::time::pause();
                std::future::pending::<()>().await;
            }
        });
        let error = why_not(&format!("mssql://tidings:s3cret@{address}/tidings?encrypt=no")).await;
        let told =
            matches!(&error, MssqlError::Away { cause, .. } if cause.contains("look at host and port"));
        assert!(told, "{says}: {error:?}");
        if goes_on {
            tokio::time::resume();
        }
        other.abort();
    }
}

#[tokio::test]
async fn what_answers_in_another_protocol_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // A whole packet, of no kind that there is.
        stream.write_all(&[0x7b, 1, 0, 9, 0, 0, 0, 0, 0x7d]).await.unwrap();
        std::future::pending::<()>().await;
    });
    let error = why_not(&format!("mssql://tidings:s3cret@{address}/tidings?encrypt=no")).await;
    assert!(matches!(error, MssqlError::NotSqlServer { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_where_tls_is_asked_for() {
    let server = Double::start().await;
    let error = why_not(&server.url().replace("encrypt=no", "encrypt=yes")).await;
    assert!(
        matches!(&error, MssqlError::Tls { cause, .. } if cause.contains("give it a certificate")),
        "{error:?}"
    );
    assert_eq!(server.heard("login"), 0);
}

#[tokio::test]
async fn tls_is_spoken_with_whom_we_trust() {
    let folder = tempfile::tempdir().unwrap();
    for (tls, encrypt) in [(Tls::AfterGreeting, "encrypt=yes"), (Tls::First, "encrypt=strict")] {
        let server = Double::start_with_tls(tls).await;
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, server.certificate()).unwrap();
        let url = |trust: &str| format!("{}{trust}", server.url().replace("encrypt=no", encrypt));
        for trust in ["&trust=any".to_owned(), format!("&trust={}", file.display())] {
            let ledger = open(&url(&trust)).await.unwrap();
            assert_eq!(ledger.backlog(10).await, Ok(0), "{tls:?} {trust}");
            let logins = server.heard("login");
            assert_eq!(ledger.backlog(10).await, Ok(0), "{tls:?} {trust}");
            assert_eq!(server.heard("login"), logins, "a session in TLS is used again");
        }
        let logins = server.heard("login");
        for trust in ["", "&trust=/nowhere/authority.pem"] {
            let error = why_not(&url(trust)).await;
            assert!(matches!(error, MssqlError::Tls { .. }), "{tls:?} {trust}: {error:?}");
            assert!(error.to_string().contains("trust=FILE"), "{error}");
        }
        assert_eq!(server.heard("login"), logins, "no password was told to whom we do not trust");
    }
}

#[tokio::test]
async fn a_server_that_insists_on_tls_is_said_to() {
    let server = Double::start_with_tls(Tls::AfterGreeting).await;
    let error = why_not(&server.url()).await;
    assert!(matches!(error, MssqlError::Tls { .. }), "{error:?}");
    assert!(
        error.to_string().contains("Force Encryption") && error.to_string().contains("trust=FILE"),
        "{error}"
    );
    assert_eq!(server.heard("login"), 0);
}

#[tokio::test]
async fn a_database_that_behaves_as_an_old_server_is_refused_with_what_to_do() {
    let server = Double::start().await;
    server.spoil("UPDATE sys_databases SET compatibility_level = 120 WHERE name = 'tidings'");
    let error = why_not(&server.url()).await;
    assert!(matches!(error, MssqlError::Failed { .. }), "{error:?}");
    assert!(error.to_string().contains("is 120") && error.to_string().contains("ALTER DATABASE"), "{error}");
}

#[tokio::test]
async fn where_there_is_no_ledger_readers_make_none() {
    let server = Double::start().await;
    let url: MssqlUrl = server.url().parse().unwrap();
    let open_to_read = || MssqlLedger::open(&url, Arc::new(System::new()));
    let error = open_to_read().await.unwrap_err();
    assert!(matches!(error, MssqlError::Missing { .. }), "{error:?}");
    assert_eq!(server.heard("create"), 0);
    open(&server.url()).await.unwrap();
    assert_eq!(open_to_read().await.unwrap().backlog(10).await, Ok(0));
}

#[tokio::test]
async fn a_ledger_of_another_format_is_refused() {
    let server = Double::start().await;
    open(&server.url()).await.unwrap();
    server.spoil("UPDATE tidings_ledger SET format = 7");
    let error = why_not(&server.url()).await;
    assert!(matches!(error, MssqlError::Format { found: 7, .. }), "{error:?}");
    assert!(error.to_string().contains("use the program that wrote it"), "{error}");
}

#[tokio::test]
async fn something_else_of_the_same_name_is_refused_and_left_alone() {
    for spoil in ["DELETE FROM tidings_ledger", "ALTER TABLE tidings_ledger RENAME COLUMN format TO other"] {
        let server = Double::start().await;
        open(&server.url()).await.unwrap();
        server.spoil(spoil);
        let error = why_not(&server.url()).await;
        assert!(matches!(error, MssqlError::NotALedger { .. }), "{error:?}");
        assert_eq!(server.heard("create"), 1, "only the first time");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_hosts_that_start_at_once_share_one_ledger() {
    let server = Arc::new(Double::start().await);
    let starting: Vec<_> = (0..10)
        .map(|_| {
            let server = server.clone();
            tokio::spawn(async move { open(&server.url()).await.unwrap() })
        })
        .collect();
    for host in starting {
        assert_eq!(host.await.unwrap().backlog(10).await, Ok(0));
    }
}

#[tokio::test]
async fn a_ledger_that_another_host_made_in_between_is_found() {
    let server = Double::start().await;
    open(&server.url()).await.unwrap();
    for number in [1_205, 1_222] {
        server.fails("look", Fault::Refused(refusal(number, 13, "somebody else is making it")));
        open(&server.url()).await.unwrap();
        assert!(server.has_failed_as_told(), "{number}");
    }
    for number in [2_714, 1_205, 1_222, 51_222] {
        server.fails("look", Fault::Refused(refusal(208, 16, "Invalid object name 'dbo.tidings_ledger'.")));
        server.fails("create", Fault::Refused(refusal(number, 13, "somebody else is making it")));
        open(&server.url()).await.unwrap();
        assert!(server.has_failed_as_told(), "{number}");
    }
}

#[tokio::test]
async fn a_table_of_the_same_name_in_another_schema_is_none_of_ours() {
    let server = Double::start().await;
    server.spoil("INSERT INTO elsewhere VALUES ('tidings_ledger', 5)");
    assert_eq!(open(&server.url()).await.unwrap().backlog(10).await, Ok(0));
}

#[tokio::test]
async fn a_user_who_may_not_make_tables_is_told_what_is_missing() {
    let server = Double::start().await;
    for _ in 0..5 {
        server
            .fails("create", Fault::Refused(refusal(262, 14, "CREATE TABLE permission denied in database.")));
    }
    let error = why_not(&server.url()).await;
    assert!(
        matches!(&error, MssqlError::Failed { cause, .. } if cause.contains("CREATE TABLE and")),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_disk_that_is_full_is_waited_for_and_told() {
    let server = Double::start().await;
    for _ in 0..5 {
        server.fails(
            "create",
            Fault::Refused(refusal(1_105, 17, "Could not allocate space: PRIMARY is full.")),
        );
    }
    let error = why_not(&server.url()).await;
    assert!(matches!(&error, MssqlError::Away { cause, .. } if cause.contains("make room")), "{error:?}");
}

#[tokio::test]
async fn a_gateway_that_sends_us_on_is_followed_once() {
    let (gateway, server) = (Double::start().await, Double::start().await);
    let (host, port) = server.address().split_once(':').unwrap();
    gateway.door(Door::SendsTo(host.into(), port.parse().unwrap()));
    let ledger = open(&gateway.url()).await.unwrap();
    assert_eq!(ledger.backlog(10).await, Ok(0));
    assert_eq!((gateway.heard("backlog"), server.heard("backlog")), (0, 1));
    server.door(Door::SendsTo(host.into(), port.parse().unwrap()));
    let error = why_not(&gateway.url()).await;
    assert!(
        matches!(&error, MssqlError::Away { cause, .. } if cause.contains("sends us on, again")),
        "{error:?}"
    );
}
