//! The values of cells, in the types that every store has.

use tidings_domain::Timestamp;
use uuid::Uuid;

/// The value of a cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// An id.
    Uuid(Uuid),
    /// A moment.
    Time(Timestamp),
}

macro_rules! values {
    ($( $ty:ty => $make:expr ),+ $(,)?) => { $(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Self {
                #[allow(clippy::redundant_closure_call)]
                ($make)(value)
            }
        }
    )+ };
}

values! {
    bool => Value::Bool,
    i64 => Value::Int,
    u32 => |n| Value::Int(i64::from(n)),
    String => Value::Text,
    &str => |t: &str| Value::Text(t.into()),
    Uuid => Value::Uuid,
    Timestamp => Value::Time,
    tidings_domain::UserId => |id: tidings_domain::UserId| Value::Uuid(id.0),
    tidings_domain::PostId => |id: tidings_domain::PostId| Value::Uuid(id.0),
    tidings_domain::CommentId => |id: tidings_domain::CommentId| Value::Uuid(id.0),
    tidings_domain::ClipId => |id: tidings_domain::ClipId| Value::Uuid(id.0),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}
