//! What a server answers: tokens of TDS.

use rusqlite::types::Value;
use uuid::Uuid;

/// A type of a column, and whether it may be empty.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Type {
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Bit,
    Int,
    BigInt,
    Guid,
    Binary(u16),
    VarChar(u16),
    /// None: `nvarchar(max)`.
    NVarChar(Option<u16>),
}

/// What a statement gives.
#[derive(Debug, Default)]
pub(crate) struct Set {
    pub(crate) columns: Vec<(String, Type)>,
    pub(crate) rows: Vec<Vec<Value>>,
}

/// What came of a batch.
#[derive(Debug)]
pub(crate) struct Answer {
    /// It began a transaction, and has ended it.
    pub(crate) transaction: bool,
    pub(crate) outcome: Result<Vec<Set>, Refusal>,
}

/// An error as a server tells it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) number: u32,
    pub(crate) class: u8,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(number: u32, class: u8, message: impl Into<String>) -> Self {
        Self { number, class, message: message.into() }
    }
}

/// Latin1_General_100_BIN2, and the usual one.
const BINARY: [u8; 5] = [0x09, 0x04, 0x00, 0x22, 0x00];
const USUAL: [u8; 5] = [0x09, 0x04, 0xd0, 0x00, 0x34];

const MORE: u16 = 1;
const FAILED: u16 = 2;
const COUNT: u16 = 0x10;

/// What is answered to a statement: all results, or the error; and that a transaction began and ended.
pub(crate) fn answer(Answer { transaction, outcome }: &Answer, in_procedure: bool) -> Vec<u8> {
    let mut to = Vec::new();
    let (within, end) = if in_procedure { (0xff, 0xfe) } else { (0xfd, 0xfd) };
    if *transaction {
        sized(&mut to, 0xe3, &[&[8, 8][..], &TRANSACTION, &[0]].concat());
    }
    match outcome {
        Ok(sets) => {
            for set in sets {
                columns(&mut to, set);
                set.rows.iter().for_each(|values| row(&mut to, &set.columns, values));
                done(&mut to, within, MORE | COUNT, set.rows.len() as u64);
            }
        }
        Err(refusal) => refused(&mut to, refusal),
    }
    if *transaction {
        let ended = if outcome.is_ok() { 9 } else { 10 };
        sized(&mut to, 0xe3, &[&[ended, 0, 8][..], &TRANSACTION].concat());
    }
    if in_procedure && outcome.is_ok() {
        to.extend([0x79, 0, 0, 0, 0]);
    }
    done(&mut to, end, if outcome.is_ok() { 0 } else { FAILED }, 0);
    to
}

/// What a transaction is called while it lasts: whoever names it later is out of step.
const TRANSACTION: [u8; 8] = [1, 0, 0, 0, 0x2a, 0, 0, 0];

/// What is answered to a login that is refused.
pub(crate) fn sent_away(refusal: Refusal) -> Vec<u8> {
    answer(&Answer { transaction: false, outcome: Err(refusal) }, false)
}

fn done(to: &mut Vec<u8>, token: u8, status: u16, count: u64) {
    to.push(token);
    to.extend(status.to_le_bytes());
    to.extend([0, 0]);
    to.extend(count.to_le_bytes());
}

fn columns(to: &mut Vec<u8>, set: &Set) {
    to.push(0x81);
    to.extend((set.columns.len() as u16).to_le_bytes());
    for (name, of) in &set.columns {
        to.extend([0; 4]);
        to.extend(u16::from(of.nullable).to_le_bytes());
        match (of.kind, of.nullable) {
            (Kind::Bit, false) => to.push(0x32),
            (Kind::Int, false) => to.push(0x38),
            (Kind::BigInt, false) => to.push(0x7f),
            (Kind::Bit, true) => to.extend([0x68, 1]),
            (Kind::Int, true) => to.extend([0x26, 4]),
            (Kind::BigInt, true) => to.extend([0x26, 8]),
            (Kind::Guid, _) => to.extend([0x24, 16]),
            (Kind::Binary(length), _) => {
                to.push(0xad);
                to.extend(length.to_le_bytes());
            }
            (Kind::VarChar(length), _) => {
                to.push(0xa7);
                to.extend(length.to_le_bytes());
                to.extend(BINARY);
            }
            (Kind::NVarChar(length), _) => {
                to.push(0xe7);
                to.extend(length.map_or(u16::MAX, |length| length * 2).to_le_bytes());
                to.extend(USUAL);
            }
        }
        short_text(to, name);
    }
}

fn row(to: &mut Vec<u8>, columns: &[(String, Type)], values: &[Value]) {
    // A row with empty columns says first which these are, as SQL Server's do.
    let empty: Vec<bool> = values.iter().map(|value| *value == Value::Null).collect();
    if empty.contains(&true) {
        to.push(0xd2);
        let bits = |eight: &[bool]| eight.iter().rev().fold(0, |bits, bit| bits << 1 | u8::from(*bit));
        to.extend(empty.chunks(8).map(bits));
    } else {
        to.push(0xd1);
    }
    for ((name, of), value) in columns.iter().zip(values) {
        match (of.kind, value) {
            (_, Value::Null) => assert!(of.nullable, "{name} is empty"),
            (kind, value) => put(to, name, kind, of.nullable, value),
        }
    }
}

fn put(to: &mut Vec<u8>, name: &str, kind: Kind, sized: bool, value: &Value) {
    let size = |to: &mut Vec<u8>, size: u8| {
        if sized {
            to.push(size);
        }
    };
    match (kind, value) {
        (Kind::Bit, Value::Integer(bit @ 0..=1)) => {
            size(to, 1);
            to.push(*bit as u8);
        }
        (Kind::Int, Value::Integer(number)) => {
            size(to, 4);
            to.extend(i32::try_from(*number).unwrap().to_le_bytes());
        }
        (Kind::BigInt, Value::Integer(number)) => {
            size(to, 8);
            to.extend(number.to_le_bytes());
        }
        (Kind::Guid, Value::Text(id)) => {
            to.push(16);
            to.extend(id.parse::<Uuid>().unwrap().to_bytes_le());
        }
        (Kind::Binary(length), Value::Blob(bytes)) => {
            assert_eq!(bytes.len(), usize::from(length), "{name}");
            to.extend(length.to_le_bytes());
            to.extend(bytes);
        }
        (Kind::VarChar(most), Value::Text(text)) => {
            assert!(text.is_ascii() && text.len() <= usize::from(most), "{name}: {text}");
            to.extend((text.len() as u16).to_le_bytes());
            to.extend(text.as_bytes());
        }
        (Kind::NVarChar(most), Value::Text(text)) => {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            match most {
                Some(most) => {
                    assert!(units.len() <= usize::from(most) * 2, "{name}: {text}");
                    to.extend((units.len() as u16).to_le_bytes());
                    to.extend(units);
                }
                None => {
                    to.extend((units.len() as u64).to_le_bytes());
                    if !units.is_empty() {
                        to.extend((units.len() as u32).to_le_bytes());
                        to.extend(units);
                    }
                    to.extend([0; 4]);
                }
            }
        }
        (kind, value) => panic!("{name} is {value:?}, which is no {kind:?}"),
    }
}

fn short_text(to: &mut Vec<u8>, text: &str) {
    to.push(text.encode_utf16().count() as u8);
    to.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
}

fn long_text(to: &mut Vec<u8>, text: &str) {
    to.extend((text.encode_utf16().count() as u16).to_le_bytes());
    to.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
}

fn refused(to: &mut Vec<u8>, Refusal { number, class, message }: &Refusal) {
    let mut body = Vec::new();
    body.extend(number.to_le_bytes());
    body.extend([1, *class]);
    long_text(&mut body, message);
    short_text(&mut body, "double");
    short_text(&mut body, "");
    body.extend(1u32.to_le_bytes());
    sized(to, 0xaa, &body);
}

fn sized(to: &mut Vec<u8>, token: u8, body: &[u8]) {
    to.push(token);
    to.extend((body.len() as u16).to_le_bytes());
    to.extend(body);
}

/// What is answered to a login.
pub(crate) fn welcome() -> Vec<u8> {
    let mut body = vec![1];
    body.extend(0x7400_0004u32.to_be_bytes());
    short_text(&mut body, "Microsoft SQL Server");
    body.extend([16, 0, 0, 0]);
    let mut to = Vec::new();
    sized(&mut to, 0xad, &body);
    done(&mut to, 0xfd, 0, 0);
    to
}

/// What is answered to a login that is to go elsewhere.
pub(crate) fn sent_on(host: &str, port: u16) -> Vec<u8> {
    let mut place = vec![0];
    place.extend(port.to_le_bytes());
    long_text(&mut place, host);
    let mut body = vec![20];
    body.extend((place.len() as u16).to_le_bytes());
    body.extend(place);
    body.extend([0, 0]);
    let mut to = welcome();
    to.truncate(to.len() - 13);
    sized(&mut to, 0xe3, &body);
    done(&mut to, 0xfd, 0, 0);
    to
}

/// What is answered to a greeting: the version, and whether TLS comes next.
pub(crate) fn greeting(tls: bool) -> Vec<u8> {
    let mut to = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff];
    to.extend([16, 0, 0, 0, 0, 0, if tls { 1 } else { 2 }]);
    to
}
