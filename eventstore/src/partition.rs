//! Which partition a stream lives in. A storage format: it never changes.

use tidings_domain::StreamId;

/// The partition of a stream among `partitions`: the first 8 bytes of the BLAKE3 hash of the stream id, read
/// as a little-endian number, modulo the number of partitions.
///
/// ```
/// use tidings_eventstore::partition_of;
/// let stream = "post-0193c3a2-7f00-7000-8000-000000000001".parse()?;
/// assert_eq!(partition_of(&stream, 8), 1);
/// # Ok::<(), tidings_domain::StreamIdError>(())
/// ```
pub fn partition_of(stream: &StreamId, partitions: u16) -> u16 {
    let hash = blake3::hash(stream.as_str().as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    let place = u64::from_le_bytes(first) % u64::from(partitions.max(1));
    u16::try_from(place).unwrap_or(0)
}
