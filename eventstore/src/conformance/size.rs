//! Large events, odd data, and the limits.

use tidings_domain::Encoded;

use super::Adapter;
use super::sample::{Bench, everything, stream};
use crate::{AppendError, Options};

/// Proves that an event of 1 MiB, and a commit of eight of them, comes back byte for byte.
pub async fn an_event_of_a_mebibyte_comes_back_byte_for_byte(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("large"));
    let shell = r#"{"text":""}"#.len();
    let data = format!(r#"{{"text":"{}"}}"#, "é".repeat(((1 << 20) - shell) / 2));
    let mut append = bench.append(&thing, 0, 8);
    append.events.iter_mut().for_each(|event| event.data.clone_from(&data));
    let made = store.append(append).await.unwrap().commit;
    assert_eq!(bench.log.read_stream(&thing, 1, 10).await.unwrap().commits, [made]);
    // A page may be shorter than asked for, but the end is the end.
    for expected in [8, 9] {
        let mut append = bench.append(&thing, expected, 1);
        append.events[0].data.clone_from(&data);
        store.append(append).await.unwrap();
    }
    assert_eq!(everything(&*bench.log).await.len(), 3);
}

/// Proves that data are kept byte for byte: blanks, escapes, repeated keys, long numbers, and what is no JSON.
pub async fn odd_data_come_back_byte_for_byte(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("odd"));
    let odd = [
        "{ \"b\" : 1.0e2,\r\n\t\"a\":\"\\u00e9\\n\\u0000\", \"a\": 2 }",
        r#"{"n":123456789012345678901234567890.10,"zero":-0.0}"#,
        "{\"text\":\"\u{1F600}e\u{301}\u{202E}\"}",
        " {} ",
        "no JSON \u{0} \" ]",
        "",
        "null",
        "{\"$set\":{\"a.b\":1}}",
    ];
    let mut append = bench.append(&thing, 0, 0);
    append.events =
        odd.map(|data| Encoded { name: "Odd".into(), schema: u16::MAX, data: data.into() }).into();
    let made = store.append(append).await.unwrap().commit;
    assert_eq!(made.events.len(), odd.len());
    assert_eq!(everything(&*bench.log).await, [made]);
}

/// Proves that what is too large, or empty, is refused with the limit named, and changes nothing.
pub async fn beyond_the_limits_is_refused_and_changes_nothing(adapter: &dyn Adapter) {
    let bench = Bench::new(adapter).await;
    let (store, thing) = (bench.store(), stream("limits"));
    let Options { max_event_bytes, max_commit_bytes, .. } = Options::default();
    let mut large = bench.append(&thing, 0, 1);
    large.events[0].data = "x".repeat(max_event_bytes + 1);
    let mut many = bench.append(&thing, 0, max_commit_bytes / max_event_bytes + 1);
    many.events.iter_mut().for_each(|event| event.data = "x".repeat(max_event_bytes));
    let none = bench.append(&thing, 0, 0);
    for (append, says) in [(large, "1048576"), (many, "8388608"), (none, "at least one event")] {
        match store.append(append).await {
            Err(AppendError::Unfit(why)) => assert!(why.contains(says), "{why}"),
            other => panic!("{says}: {other:?}"),
        }
    }
    assert!(everything(&*bench.log).await.is_empty());
    store.append(bench.append(&thing, 0, 1)).await.unwrap();
}
