//! Records of a topic that anybody may write to: an event of ours, or nothing.

use rdkafka::Timestamp;
use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};

const SOURCE: &str = "tidings";

/// Lines: the key, then headers as `name: value`; an empty line, then the payload.
pub(crate) fn run(data: &[u8]) {
    let end = data.windows(2).position(|two| two == b"\n\n");
    let (head, payload) = end.map_or((data, &data[..0]), |at| (&data[..at], &data[at + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let key = lines.next().map(<[u8]>::to_vec);
    let mut headers = OwnedHeaders::new();
    for line in lines {
        let Some(colon) = line.windows(2).position(|two| two == b": ") else { continue };
        // A name that is no UTF-8, or has a NUL in it, librdkafka's own interface does not take.
        let Ok(name) = std::str::from_utf8(&line[..colon]) else { continue };
        if !name.contains('\0') {
            headers = headers.insert(Header { key: name, value: Some(&line[colon + 2..]) });
        }
    }
    let (payload, topic) = (Some(payload.to_vec()), "topic".to_owned());
    let partition = 3;
    let message =
        OwnedMessage::new(payload, key, topic, Timestamp::NotAvailable, partition, 0, Some(headers));
    if let Ok(record) = tidings_bus::private::record(&message, SOURCE) {
        assert_eq!(i32::from(record.position.partition), partition);
        assert!(record.position.number > 0 && record.index < record.count);
    }
}
