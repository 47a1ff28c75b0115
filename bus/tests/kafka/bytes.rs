//! A record as bytes, for what no client library would send.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::support::{Fresh, LIMIT, Raw};

/// Puts a record on the topic, with one more header than it has.
pub fn put(fresh: &Fresh, partition: i32, raw: &Raw, more: (&[u8], &[u8])) {
    let mut broker = TcpStream::connect(&fresh.servers).unwrap();
    broker.set_read_timeout(Some(LIMIT)).unwrap();
    let batch = batch(&record(raw, more));
    // Produce, version 3, as request 1 of nobody; not transactional, acknowledged by all, within 10 s.
    let mut request = vec![0, 0, 0, 3, 0, 0, 0, 1, 255, 255, 255, 255, 255, 255];
    request.extend(10_000_i32.to_be_bytes());
    request.extend(1_i32.to_be_bytes());
    request.extend((fresh.topic.len() as i16).to_be_bytes());
    request.extend(fresh.topic.bytes());
    request.extend(1_i32.to_be_bytes());
    request.extend(partition.to_be_bytes());
    request.extend((batch.len() as i32).to_be_bytes());
    request.extend(batch);
    broker.write_all(&(request.len() as i32).to_be_bytes()).unwrap();
    broker.write_all(&request).unwrap();
    let mut size = [0; 4];
    broker.read_exact(&mut size).unwrap();
    let mut reply = vec![0; u32::from_be_bytes(size) as usize];
    broker.read_exact(&mut reply).unwrap();
    // Behind the request's number, one topic with its name, and one partition with its number.
    let error = 4 + 4 + 2 + fresh.topic.len() + 4 + 4;
    assert_eq!(reply[error..error + 2], [0, 0], "the broker takes it");
}

/// A batch of one record, of the second and last format.
fn batch(record: &[u8]) -> Vec<u8> {
    let mut summed = vec![0; 2 + 4 + 8 + 8];
    // No producer, no epoch, no sequence.
    summed.extend([255; 8 + 2 + 4]);
    summed.extend(1_i32.to_be_bytes());
    summed.extend(record);
    let mut batch = vec![0; 8];
    batch.extend((4 + 1 + 4 + summed.len() as i32).to_be_bytes());
    batch.extend([255, 255, 255, 255, 2]);
    batch.extend(crc32c(&summed).to_be_bytes());
    batch.extend(summed);
    batch
}

fn record(raw: &Raw, more: (&[u8], &[u8])) -> Vec<u8> {
    let mut record = vec![0, 0, 0];
    text(&mut record, raw.key.as_bytes());
    text(&mut record, raw.value.as_bytes());
    number(&mut record, raw.headers.len() + 1);
    let headers = raw.headers.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
    for (key, value) in headers.chain([more]) {
        text(&mut record, key);
        text(&mut record, value);
    }
    let mut whole = Vec::new();
    text(&mut whole, &record);
    whole
}

fn text(to: &mut Vec<u8>, bytes: &[u8]) {
    number(to, bytes.len());
    to.extend(bytes);
}

/// As Kafka writes numbers of any size: doubled, since there is a sign, and seven bits a byte.
fn number(to: &mut Vec<u8>, number: usize) {
    let mut rest = number * 2;
    while rest >= 128 {
        to.push(rest as u8 | 128);
        rest >>= 7;
    }
    to.push(rest as u8);
}

fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |sum: u32| (sum >> 1) ^ (0x82f6_3b78 * (sum & 1));
    !bytes.iter().fold(u32::MAX, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| bit(sum)))
}
