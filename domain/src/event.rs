//! Events as they are stored, and the way back through old versions.

use std::borrow::Cow;
use std::fmt::Debug;

use serde_json::{Map, Value};

/// An event as it is stored: a name, the version of its shape, and JSON.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Encoded {
    /// The event's name, past tense, such as `PostCreated`. A storage format.
    pub name: Cow<'static, str>,
    /// The version of the shape of `data`, from 1.
    pub schema: u16,
    /// A JSON object, kept byte for byte.
    pub data: String,
}

/// What may have happened to an aggregate. Best implemented by [`events!`](crate::events).
pub trait Event: Clone + Debug + PartialEq + Send + Sync + 'static {
    /// Every stored name with the newest version of its shape, in the order of declaration.
    const SHAPES: &'static [(&'static str, u16)];

    /// The steps that lift old versions, each by one version.
    const UPCASTS: &'static [Upcast] = &[];

    /// The stored name.
    fn name(&self) -> &'static str;

    /// To the stored form, in the newest version.
    fn encode(&self) -> Encoded;

    /// From the stored form; older versions are lifted first.
    ///
    /// # Errors
    /// When the name is unknown, the version is newer than this program's, or the data do not fit.
    fn decode(stored: &Encoded) -> Result<Self, DecodeError>;
}

/// Lifts the data of one event from version `from` to `from + 1`.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The event's stored name.
    pub event: &'static str,
    /// The version that it takes.
    pub from: u16,
    /// Changes the data in place.
    pub lift: fn(&mut Map<String, Value>),
}

/// Why a stored event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No event of this name is known.
    #[error("unknown event {name}")]
    Unknown {
        /// The stored name.
        name: String,
    },
    /// The event was written by a newer program.
    #[error("event {name} has schema {found}, but this program knows only up to {known}")]
    Newer {
        /// The stored name.
        name: String,
        /// The version found.
        found: u16,
        /// The newest version known.
        known: u16,
    },
    /// No step lifts this old version.
    #[error("event {name} of schema {found} cannot be lifted: no upcast from {found}")]
    NoUpcast {
        /// The stored name.
        name: String,
        /// The version found, or reached.
        found: u16,
    },
    /// The data do not have the shape of this version.
    #[error("event {name} of schema {schema} does not parse: {cause}")]
    Malformed {
        /// The stored name.
        name: String,
        /// The stored version.
        schema: u16,
        /// What the parser said.
        cause: String,
    },
}

impl DecodeError {
    /// A [`DecodeError::Malformed`] for this event.
    pub fn malformed(stored: &Encoded, cause: &dyn std::fmt::Display) -> Self {
        Self::Malformed { name: stored.name.to_string(), schema: stored.schema, cause: cause.to_string() }
    }
}

impl Encoded {
    /// The data in the shape of version `newest`, lifted step by step.
    ///
    /// # Errors
    /// When the version is newer than `newest`, a step is missing, or the data are no JSON object.
    pub fn lifted(&self, newest: u16, upcasts: &[Upcast]) -> Result<Cow<'_, str>, DecodeError> {
        if self.schema == newest {
            return Ok(Cow::Borrowed(&self.data));
        }
        if self.schema > newest {
            return Err(DecodeError::Newer {
                name: self.name.to_string(),
                found: self.schema,
                known: newest,
            });
        }
        let mut data: Map<String, Value> =
            serde_json::from_str(&self.data).map_err(|e| DecodeError::malformed(self, &e))?;
        for from in self.schema..newest {
            let step = upcasts
                .iter()
                .find(|u| u.event == self.name && u.from == from)
                .ok_or_else(|| DecodeError::NoUpcast { name: self.name.to_string(), found: from })?;
            (step.lift)(&mut data);
        }
        Ok(Cow::Owned(Value::Object(data).to_string()))
    }
}

/// Declares an event enum and its stored form: each variant with the newest version of its shape.
///
/// The variant's name is the stored name, the fields are the stored fields: both are a storage format.
/// An optional last line names the upcasts for older versions.
///
/// ```
/// use tidings_domain::{Encoded, Event, Upcast, events};
///
/// events! {
///     /// What happened to a shelf.
///     pub enum ShelfEvent {
///         /// Items came in. Version 1 knew no unit.
///         Stocked(2) {
///             /// How many.
///             amount: u32,
///             /// Of what.
///             unit: String,
///         },
///     }
///     upcasts &[Upcast { event: "Stocked", from: 1, lift: |data| { data.insert("unit".into(), "piece".into()); } }]
/// }
///
/// let old = Encoded { name: "Stocked".into(), schema: 1, data: r#"{"amount":3}"#.into() };
/// assert_eq!(ShelfEvent::decode(&old)?, ShelfEvent::Stocked { amount: 3, unit: "piece".into() });
/// # Ok::<(), tidings_domain::DecodeError>(())
/// ```
#[macro_export]
macro_rules! events {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$vmeta:meta])*
                $variant:ident ($schema:literal) {
                    $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)?
                }
            ),+ $(,)?
        }
        $(upcasts $upcasts:expr)?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis enum $name {
            $(
                $(#[$vmeta])*
                $variant { $( $(#[$fmeta])* $field: $ty ),* },
            )+
        }

        impl $crate::Event for $name {
            const SHAPES: &'static [(&'static str, u16)] = &[ $( (stringify!($variant), $schema) ),+ ];
            $( const UPCASTS: &'static [$crate::Upcast] = $upcasts; )?

            fn name(&self) -> &'static str {
                match self { $( Self::$variant { .. } => stringify!($variant), )+ }
            }

            fn encode(&self) -> $crate::Encoded {
                use $crate::private::serde;
                match self {
                    $( Self::$variant { $($field),* } => {
                        #[derive(serde::Serialize)]
                        #[serde(crate = "serde")]
                        struct Data<'a> {
                            $( $field: &'a $ty, )*
                            #[serde(skip)]
                            _life: ::std::marker::PhantomData<&'a ()>,
                        }
                        let data = Data { $( $field, )* _life: ::std::marker::PhantomData };
                        $crate::Encoded {
                            name: ::std::borrow::Cow::Borrowed(stringify!($variant)),
                            schema: $schema,
                            // Plain structs of plain fields always have a JSON form.
                            data: $crate::private::serde_json::to_string(&data)
                                .expect("an event has a JSON form"),
                        }
                    } )+
                }
            }

            fn decode(stored: &$crate::Encoded) -> ::std::result::Result<Self, $crate::DecodeError> {
                use $crate::private::serde;
                match &*stored.name {
                    $( stringify!($variant) => {
                        #[derive(serde::Deserialize)]
                        #[serde(crate = "serde")]
                        struct Data { $( $field: $ty, )* }
                        let data = stored.lifted($schema, <Self as $crate::Event>::UPCASTS)?;
                        let Data { $( $field, )* } = $crate::private::serde_json::from_str(&data)
                            .map_err(|e| $crate::DecodeError::malformed(stored, &e))?;
                        Ok(Self::$variant { $( $field, )* })
                    } )+
                    _ => Err($crate::DecodeError::Unknown { name: stored.name.to_string() }),
                }
            }
        }
    };
}
