//! The declaration of a command enum and of its JSON form in one place.

/// Declares a command enum and its JSON form: the variant's name is the command's name, the fields are the
/// data's fields.
///
/// A field may say where its value comes from: `= id` (the command's own id where the data leave it out),
/// `= default` (the type's default where they leave it out), `= actor` (the actor, never the data). Unknown
/// fields are refused. The enum gets [`WireCommand`](crate::WireCommand) and a method `variant`.
///
/// ```
/// use tidings_domain::{Command, StreamId, UserId, WireCommand, commands};
/// use uuid::Uuid;
///
/// commands! {
///     /// What may be asked of a shelf.
///     pub enum ShelfCommand {
///         /// Puts items on it.
///         Stock {
///             /// The shelf.
///             shelf: Uuid = id,
///             /// How many.
///             amount: u32,
///         },
///     }
/// }
/// impl Command for ShelfCommand {
///     fn name(&self) -> &'static str { self.variant() }
///     fn stream(&self) -> StreamId {
///         let Self::Stock { shelf, .. } = self;
///         StreamId::of("shelf", shelf).unwrap()
///     }
/// }
///
/// let (actor, id) = (UserId(Uuid::nil()), Uuid::from_u128(7));
/// let command = ShelfCommand::parse("Stock", r#"{"amount":3}"#, actor, id).unwrap()?;
/// assert_eq!(command, ShelfCommand::Stock { shelf: id, amount: 3 });
///
/// let typo = ShelfCommand::parse("Stock", r#"{"amuont":3}"#, actor, id).unwrap().unwrap_err();
/// assert_eq!(typo.to_string(), "Stock: `amuont` is no field of it; did you mean `amount`?");
/// # Ok::<(), tidings_domain::CommandError>(())
/// ```
#[macro_export]
macro_rules! commands {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$vmeta:meta])*
                $variant:ident {
                    $( $(#[$fmeta:meta])* $field:ident : $ty:ty $(= $from:ident)? ),* $(,)?
                }
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        $vis enum $name {
            $(
                $(#[$vmeta])*
                $variant { $( $(#[$fmeta])* $field: $ty ),* },
            )+
        }

        impl $name {
            /// The name of this variant, which is the command's name.
            $vis const fn variant(&self) -> &'static str {
                match self { $( Self::$variant { .. } => stringify!($variant), )+ }
            }
        }

        impl $crate::WireCommand for $name {
            const SHAPES: &'static [$crate::Shape] = &[
                $( $crate::Shape {
                    name: stringify!($variant),
                    fields: &[ $( (stringify!($field), $crate::command_field!(source $($from)?)) ),* ],
                }, )+
            ];

            fn parse(
                name: &str,
                data: &str,
                actor: $crate::UserId,
                default_id: $crate::private::uuid::Uuid,
            ) -> ::std::option::Option<::std::result::Result<Self, $crate::CommandError>> {
                use $crate::private::serde;
                let _ = (actor, default_id);
                match name {
                    $( stringify!($variant) => {
                        $crate::command_data!([] $( $field: $ty $(= $from)?, )*);
                        let fields: ::std::result::Result<Data, _> =
                            $crate::private::parse_data(Self::SHAPES, name, data);
                        Some(fields.map(|_fields| Self::$variant {
                            $( $field: $crate::command_field!(
                                value _fields.$field, actor, default_id $(, $from)?
                            ), )*
                        }))
                    } )+
                    _ => None,
                }
            }

            fn to_json(&self) -> ::std::string::String {
                let mut object = $crate::private::Object::new();
                match self {
                    $( Self::$variant { $( $field, )* } => {
                        $( $crate::command_field!(write object, $field $(, $from)?); )*
                    } )+
                }
                object.finish()
            }
        }
    };
}

/// What a field's source means in each place.
#[doc(hidden)]
#[macro_export]
macro_rules! command_field {
    (source) => {
        $crate::Source::Data
    };
    (source id) => {
        $crate::Source::DataOrId
    };
    (source default) => {
        $crate::Source::DataOrDefault
    };
    (source actor) => {
        $crate::Source::Actor
    };

    (value $data:ident.$field:ident, $actor:ident, $id:ident) => {
        $data.$field
    };
    (value $data:ident.$field:ident, $actor:ident, $id:ident, id) => {
        $data.$field.unwrap_or_else(|| $id.into())
    };
    (value $data:ident.$field:ident, $actor:ident, $id:ident, default) => {
        $data.$field.unwrap_or_default()
    };
    (value $data:ident.$field:ident, $actor:ident, $id:ident, actor) => {
        $actor.into()
    };

    (write $object:ident, $field:ident, actor) => {
        let _ = $field;
    };
    (write $object:ident, $field:ident $(, $from:ident)?) => {
        $object.field(stringify!($field), $field);
    };
}

/// The struct of the fields that the data may have, one after another; what comes from the actor is left out.
#[doc(hidden)]
#[macro_export]
macro_rules! command_data {
    ([ $($done:tt)* ]) => {
        #[derive(serde::Deserialize)]
        #[serde(crate = "serde", deny_unknown_fields)]
        struct Data { $($done)* }
    };
    ([ $($done:tt)* ] $field:ident: $ty:ty = actor, $($rest:tt)*) => {
        $crate::command_data!([ $($done)* ] $($rest)*);
    };
    ([ $($done:tt)* ] $field:ident: $ty:ty = $from:ident, $($rest:tt)*) => {
        $crate::command_data!([ $($done)* $field: ::std::option::Option<$ty>, ] $($rest)*);
    };
    ([ $($done:tt)* ] $field:ident: $ty:ty, $($rest:tt)*) => {
        $crate::command_data!([ $($done)* $field: $ty, ] $($rest)*);
    };
}
