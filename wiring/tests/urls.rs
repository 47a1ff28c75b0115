//! What is no URL of an adapter is refused with what is expected, and without its secrets.
#![cfg(all(feature = "mongodb", feature = "kafka", feature = "postgres", feature = "mssql"))]
#![allow(clippy::unwrap_used, reason = "a test may unwrap")]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use tidings_wiring::{BusUrl, LedgerUrl, StoreUrl, ViewsUrl};

/// Each URL is refused, and told what with these words.
fn refused<U: FromStr<Err: Display> + Debug>(wrong: &[(&str, &str)]) {
    for (url, words) in wrong {
        match url.parse::<U>() {
            Ok(taken) => panic!("{url} is taken for {taken:?}"),
            Err(error) => {
                let told = error.to_string();
                assert!(told.contains(words), "{url}: {words:?} in {told}");
                assert!(!told.contains("s3c") && !told.contains("ret@"), "{url}: {told}");
            }
        }
    }
}

#[test]
fn what_is_no_bus_is_refused_with_what_is_expected() {
    const BROKERS: &str = "write kafka://HOST:PORT/TOPIC";
    refused::<BusUrl>(&[
        ("", "known are local and kafka://"),
        ("kafka", "known are local and kafka://"),
        ("mongodb://u:s3cret@h/d", "known are local and kafka://"),
        ("kafka:h:1", "known are local and kafka://"),
        ("kafka://", BROKERS),
        ("kafka://h", BROKERS),
        ("kafka://h:1:2", BROKERS),
        ("kafka://h:1:2/topic", BROKERS),
        ("kafka://h:0", BROKERS),
        ("kafka://h:99999", BROKERS),
        ("kafka://h:1,", BROKERS),
        ("kafka://h:1,,i:2", BROKERS),
        ("kafka://h h:1", BROKERS),
        ("kafka://h:1?acks=1", BROKERS),
        ("kafka://[::1:1", BROKERS),
        ("kafka://::1:9092", BROKERS),
        ("kafka://u:s3cret@h:1", "no user or password"),
        ("kafka://h:1/a/b", "a topic's name"),
        ("kafka://h:1/topic?acks=1", "a topic's name"),
    ]);
    assert!("kafka://[::1]:9092,h-1.example:1/t".parse::<BusUrl>().is_ok());
}

#[test]
fn what_is_no_place_for_read_models_is_refused_with_what_is_expected() {
    const TLS: &str = "sslmode=disable";
    const WRITE: &str = "postgres://USER:PASSWORD@HOST:PORT/DATABASE";
    refused::<ViewsUrl>(&[
        ("", "known are sqlite:FOLDER"),
        ("sqlite:", "sqlite:./tidings-data"),
        ("mysql://u:s3cret@h/d", WRITE),
        ("postgres:u:s3cret@h", WRITE),
        ("postgres://", WRITE),
        ("postgres://h/d", WRITE),
        ("postgres://u@/d", WRITE),
        ("postgres://u@h,i/d", WRITE),
        ("postgres://u:s3cret@h:0/d", WRITE),
        ("postgres://u:s3cret@h:1:2/d", WRITE),
        ("postgres://u:s3cret@h:99999/d", WRITE),
        ("postgres://u:s3cret@h/d?sslmode=require", TLS),
        ("postgres://u:s3cret@h/d?sslmode=verify-ca", TLS),
        ("postgres://u:s3cret@h/d?sslmode=verify-full", TLS),
        ("postgres://u:s3cret@h/d?sslmode=s3cret", TLS),
        ("postgres://u:s3cret@h/d?sslrootcert=/ca.pem", "`sslrootcert`"),
        ("postgres://u:s3cret@h/d?conect_timeout=1", "`conect_timeout`"),
        ("postgres://u:s3cret@h/d?connect_timeout=soon", "`connect_timeout`"),
        ("postgres://u:s3cret@h/d?connect_timeout", "name=value"),
        ("postgres://u:s3c@ret@h/d", "write @ as %40"),
        ("postgres://u:s3c?ret@h/d", "write @ as %40"),
        ("postgres://u:s3c/ret@h/d", "write @ as %40"),
    ]);
    for mode in ["disable", "prefer"] {
        assert!(format!("postgres://u@h/d?sslmode={mode}").parse::<ViewsUrl>().is_ok());
    }
}

#[test]
fn what_is_no_log_is_refused_with_what_is_expected() {
    const WRITE: &str = "mongodb://USER:PASSWORD@HOST:PORT/DATABASE";
    refused::<StoreUrl>(&[
        ("", "known are sqlite:FOLDER"),
        ("sqlite:", "sqlite:./tidings-data"),
        ("postgres://u:s3cret@h/d", "known: sqlite:FOLDER"),
        ("mongodb:h", "mongodb://"),
        ("mongodb://", "no host"),
        ("mongodb://u:s3cret@/d", "no host"),
        ("mongodb://h:0/d", WRITE),
        ("mongodb://h:1:2/d", WRITE),
        ("mongodb://u:s3cret@h:99999/d", WRITE),
        ("mongodb://h:/d", WRITE),
        ("mongodb://h,,i/d", WRITE),
        ("mongodb+srv://u:s3cret@x.example.org:1/d", WRITE),
        ("mongodb://h/admin", "name one for the log"),
        ("mongodb://h/d?tls=perhaps", "`tls`"),
        ("mongodb://h/d?connectTimeoutMS=soon", "`connectTimeoutMS`"),
        ("mongodb://h/d?directConnection", "OPTION=VALUE"),
        ("mongodb://h,i/d?directConnection=true", "its options contradict"),
        ("mongodb://u:s3c/ret@h/d", "%40"),
    ]);
    let well = "mongodb://u:p@one:1,[::1]:2/d?replicaSet=rs0&tls=true&authSource=admin&connectTimeoutMS=500";
    assert!(well.parse::<StoreUrl>().is_ok());
}

#[test]
fn what_is_no_ledger_is_refused_with_what_is_expected() {
    const KNOWN: &str = "none, sqlite:FOLDER and mssql://USER:PASSWORD@HOST:PORT/DATABASE";
    refused::<LedgerUrl>(&[
        ("", KNOWN),
        ("None", KNOWN),
        ("sqlserver://u:s3cret@h/d", KNOWN),
        ("sqlite:", "sqlite:./tidings-data"),
        ("mssql:u:s3cret@h/d", "write mssql://USER:PASSWORD@HOST:PORT/DATABASE"),
        ("mssql://u:s3cret@h:1:2/d", "name the host"),
        ("mssql://u:s3cret@h,1433/d", "name the host"),
        ("mssql://u:s3cret@h h/d", "name the host"),
        ("mssql://u:s3cret@[::1/d", "name the host"),
        ("mssql://u:s3cret@h:x/d", "the port is no number"),
        ("mssql://u:s3cret@h/d?encrypt=maybe", "encrypt is yes, strict or no"),
        ("mssql://u:s3cret@h/d?password=s3cret", "known after ? are"),
    ]);
    assert!("mssql://u:p@[::1]:1433/d?trust=any".parse::<LedgerUrl>().is_ok());
}
