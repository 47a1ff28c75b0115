//! Bytes of a connection, cut anywhere: the lines are the same however they are cut.

use tidings_wire::private::lines;

const MAX_LINE: usize = 40;

/// The first byte says how the rest is cut.
pub(crate) fn run(data: &[u8]) {
    let Some((cut, bytes)) = data.split_first() else { return };
    let piece = usize::from(*cut).max(1);
    let cut = lines(bytes.chunks(piece), MAX_LINE);
    let whole = lines(std::iter::once(bytes), MAX_LINE);
    assert_eq!(cut, whole, "cut into pieces of {piece}");
    let found = bytes.iter().filter(|byte| **byte == b'\n').count();
    assert!(cut.len() == found || cut.len() == found + 1, "{} lines of {found}", cut.len());
    for line in cut.iter().flatten() {
        assert!(line.len() <= MAX_LINE && !line.contains(&b'\n'));
    }
}
