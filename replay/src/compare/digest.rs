//! A short stand-in for all rows of a table.

use std::fmt;

use tidings_projections::Value;

/// How many rows, and a hash of them that does not depend on their order: the sum of the BLAKE3 hashes of all rows, in
/// four lanes of 64 bits. Rows that are equal in two stores have the same.
///
/// ```
/// use tidings_replay::Digest;
/// use uuid::Uuid;
///
/// let (one, other) = ([Uuid::nil().into(), 1i64.into()], [Uuid::max().into(), 2i64.into()]);
/// let (mut forwards, mut backwards) = (Digest::default(), Digest::default());
/// forwards.add(&one).add(&other);
/// backwards.add(&other).add(&one);
/// assert_eq!(forwards, backwards);
/// assert_ne!(forwards, *Digest::default().add(&one));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    /// How many rows.
    pub rows: u64,
    sum: [u64; 4],
}

impl Digest {
    /// Takes a row in.
    pub fn add<'v>(&mut self, cells: impl IntoIterator<Item = &'v Value>) -> &mut Self {
        let mut row = Vec::with_capacity(128);
        cells.into_iter().for_each(|cell| write(&mut row, cell));
        let hash = blake3::hash(&row);
        for (lane, bytes) in self.sum.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let word = bytes.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte));
            *lane = lane.wrapping_add(word);
        }
        self.rows += 1;
        self
    }
}

/// A cell such that no two rows are written alike: its type, its length where that differs, its bytes.
fn write(row: &mut Vec<u8>, cell: &Value) {
    let mut put = |kind: u8, bytes: &[u8]| {
        row.push(kind);
        row.extend_from_slice(bytes);
    };
    match cell {
        Value::Null => put(0, &[]),
        Value::Bool(truth) => put(1, &[u8::from(*truth)]),
        Value::Int(number) => put(2, &number.to_be_bytes()),
        Value::Text(text) => {
            put(3, &(text.len() as u64).to_be_bytes());
            row.extend_from_slice(text.as_bytes());
        }
        Value::Uuid(id) => put(4, id.as_bytes()),
        Value::Time(time) => put(5, &time.millis().to_be_bytes()),
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sum.iter().try_for_each(|lane| write!(f, "{lane:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_do_not_run_into_each_other() {
        let digest = |cells: &[Value]| *Digest::default().add(cells);
        assert_ne!(digest(&["ab".into(), "c".into()]), digest(&["a".into(), "bc".into()]));
        assert_ne!(digest(&[Value::Null, "".into()]), digest(&["".into(), Value::Null]));
        assert_ne!(digest(&[1i64.into()]), digest(&[true.into()]));
    }

    #[test]
    fn a_row_that_is_there_twice_counts_twice() {
        let mut twice = Digest::default();
        twice.add(&[1i64.into()]).add(&[1i64.into()]);
        assert_ne!(twice.to_string(), Digest::default().to_string());
        assert_eq!((twice.rows, twice.to_string().len()), (2, 64));
    }
}
