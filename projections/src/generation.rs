//! What read models with generations have in common.

/// The epoch at which a generation's parked events start: a worker that knows those of another generation is
/// told so, even where both stand at the same numbers.
pub(crate) fn first_epoch(generation: u64) -> u64 {
    generation.saturating_sub(1) << 32
}
