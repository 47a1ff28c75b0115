//! Where events come from.

use uuid::Uuid;

/// The log that events come from, as those know it who keep what they made of them.
///
/// ```
/// use tidings_domain::Origin;
/// assert_eq!(Origin::from(8), Origin { partitions: 8, log: None });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Into how many partitions it is cut.
    pub partitions: u16,
    /// What tells it from every other; none where it has nothing that does.
    pub log: Option<Uuid>,
}

/// A log that nothing tells from others.
impl From<u16> for Origin {
    fn from(partitions: u16) -> Self {
        Self { partitions, log: None }
    }
}
