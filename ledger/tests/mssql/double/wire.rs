//! The packets of TDS and the values in them, as far as tiberius sends them: MS-TDS 2.2.
//! <https://learn.microsoft.com/en-us/openspecs/windows_protocols/ms-tds/>

use std::io;

use rusqlite::types::Value;
use uuid::Uuid;

use super::line::Line;

/// What a packet's header says it is.
pub(crate) const BATCH: u8 = 1;
pub(crate) const CALL: u8 = 3;
pub(crate) const ANSWER: u8 = 4;
pub(crate) const LOGIN: u8 = 16;
pub(crate) const GREETING: u8 = 18;

/// The longest packet; no other is negotiated.
const PACKET: usize = 4_096;
const HEADER: usize = 8;

/// A whole message, its packets put together: what it is, and what is in it.
pub(crate) async fn receive(from: &mut Line) -> io::Result<(u8, Vec<u8>)> {
    let mut whole = Vec::new();
    loop {
        let mut header = [0; HEADER];
        from.read_exact(&mut header).await?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let begun = whole.len();
        whole.resize(begun + length - HEADER, 0);
        from.read_exact(&mut whole[begun..]).await?;
        if header[1] & 1 == 1 {
            return Ok((header[0], whole));
        }
    }
}

pub(crate) async fn send(to: &mut Line, kind: u8, whole: &[u8]) -> io::Result<()> {
    let parts: Vec<_> = whole.chunks(PACKET - HEADER).collect();
    for (number, part) in parts.iter().enumerate() {
        let length = u16::try_from(part.len() + HEADER).unwrap().to_be_bytes();
        let last = u8::from(number + 1 == parts.len());
        to.write_all(&[kind, last, length[0], length[1], 0, 0, number as u8, 0]).await?;
        to.write_all(part).await?;
    }
    Ok(())
}

/// Takes values from the front of a message.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.take(1)[0]
    }

    pub(crate) fn short(&mut self) -> u16 {
        u16::from_le_bytes(self.take(2).try_into().unwrap())
    }

    pub(crate) fn long(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn longest(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    /// What stands before a statement: that no transaction is under way, since each begins and ends in one batch.
    fn headers(&mut self) {
        let length = self.long() as usize;
        let headers = self.take(length - 4);
        assert_eq!(headers[6..14], [0; 8], "a transaction that has ended");
    }

    /// A type and a value of it.
    fn value(&mut self) -> Value {
        match self.byte() {
            0x1f => Value::Null,
            // uniqueidentifier, kept as text
            0x24 => {
                self.byte();
                match self.byte() {
                    0 => Value::Null,
                    16 => Value::Text(Uuid::from_bytes_le(self.take(16).try_into().unwrap()).to_string()),
                    length => panic!("a uniqueidentifier of {length} bytes"),
                }
            }
            // bigint and smaller
            0x26 => {
                self.byte();
                match self.byte() {
                    0 => Value::Null,
                    4 => Value::Integer(i64::from(self.long() as i32)),
                    8 => Value::Integer(self.longest() as i64),
                    length => panic!("an integer of {length} bytes"),
                }
            }
            // varbinary
            0xa5 => {
                let most = self.short();
                self.bytes(most).map_or(Value::Null, Value::Blob)
            }
            // nvarchar
            0xe7 => {
                let most = self.short();
                self.take(5);
                self.bytes(most).map_or(Value::Null, |bytes| Value::Text(text(&bytes)))
            }
            other => panic!("tiberius sends a type that it did not send before: {other:#x}"),
        }
    }

    fn bytes(&mut self, most: u16) -> Option<Vec<u8>> {
        if most < u16::MAX {
            let length = self.short();
            return (length < u16::MAX).then(|| self.take(length.into()).to_vec());
        }
        if self.longest() == u64::MAX {
            return None;
        }
        let mut all = Vec::new();
        loop {
            match self.long() {
                0 => return Some(all),
                length => all.extend_from_slice(self.take(length as usize)),
            }
        }
    }
}

/// UTF-16, little end first.
pub(crate) fn text(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    String::from_utf16(&units).unwrap()
}

/// A statement with its parameters, by name.
pub(crate) struct Call {
    pub(crate) sql: String,
    pub(crate) given: Vec<(String, Value)>,
}

/// The batch in a message.
pub(crate) fn batch(message: &[u8]) -> Call {
    let mut from = Reader(message);
    from.headers();
    Call { sql: text(from.0), given: Vec::new() }
}

/// The call of `sp_executesql` in a message.
pub(crate) fn call(message: &[u8]) -> Call {
    let mut from = Reader(message);
    from.headers();
    assert_eq!((from.short(), from.short()), (u16::MAX, 10), "sp_executesql, by its number");
    from.short();
    let mut all = Vec::new();
    while !from.0.is_empty() {
        let length = usize::from(from.byte()) * 2;
        let name = text(from.take(length));
        from.byte();
        all.push((name, from.value()));
    }
    let mut all = all.into_iter();
    let (Some((_, Value::Text(sql))), Some((_, Value::Text(declared)))) = (all.next(), all.next()) else {
        panic!("a statement and the declaration of its parameters");
    };
    let given: Vec<_> = all.collect();
    let declares =
        declared.split(',').filter(|one| !one.is_empty()).map(|one| one.split(' ').next().unwrap());
    assert!(declares.eq(given.iter().map(|(name, _)| name.as_str())), "{declared}");
    Call { sql, given }
}

/// Who wants to log in: user, password, database.
pub(crate) fn login(message: &[u8]) -> [String; 3] {
    let field = |at: usize, plain: fn(u8) -> u8| {
        let number = |at: usize| usize::from(u16::from_le_bytes([message[at], message[at + 1]]));
        let bytes: Vec<u8> =
            message[number(at)..][..number(at + 2) * 2].iter().map(|byte| plain(*byte)).collect();
        text(&bytes)
    };
    [field(40, |byte| byte), field(44, |byte| (byte ^ 0xa5).rotate_left(4)), field(68, |byte| byte)]
}
