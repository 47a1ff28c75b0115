//! The declaration of a rejection enum with its codes, classes and messages in one place.

/// Declares why something may be refused: each variant with its class, its stable code, its fields, and the
/// message, which may name the fields and should say what to do.
///
/// An optional last block, `also { Text(TextError) }`, takes other enums declared so over, with their codes and
/// messages. The enum gets
/// [`Rejection`](crate::Rejection) and a function `codes` that lists every code with its class.
///
/// ```
/// use tidings_domain::{Class, Rejection, rejections};
///
/// rejections! {
///     /// Why a shelf says no.
///     pub enum ShelfRejection {
///         /// There is no room left.
///         Full(Rejected, "shelf_full") {
///             /// How many more it takes.
///             room: u32,
///         } = "the shelf takes only {room} more; stock less",
///     }
/// }
///
/// let full = ShelfRejection::Full { room: 3 };
/// assert_eq!((full.code(), full.class()), ("shelf_full", Class::Rejected));
/// assert_eq!(full.to_string(), "the shelf takes only 3 more; stock less");
/// assert_eq!(ShelfRejection::codes(), [("shelf_full", Class::Rejected)]);
/// ```
#[macro_export]
macro_rules! rejections {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $(
                $(#[$vmeta:meta])*
                $variant:ident ($class:ident, $code:literal) {
                    $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)?
                } = $message:literal
            ),* $(,)?
        }
        $(also {
            $( $(#[$ometa:meta])* $other:ident ($inner:ty) ),+ $(,)?
        })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        $vis enum $name {
            $( $(#[$vmeta])* $variant { $( $(#[$fmeta])* $field: $ty ),* }, )*
            $($( $(#[$ometa])* $other($inner), )+)?
        }

        impl $name {
            /// Every code with its class, in the order of declaration.
            $vis fn codes() -> ::std::vec::Vec<(&'static str, $crate::Class)> {
                let own: &[(&'static str, $crate::Class)] = &[ $( ($code, $crate::Class::$class) ),* ];
                [own $($(, &<$inner>::codes())+)?].concat()
            }
        }

        impl $crate::Rejection for $name {
            fn code(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => $code, )*
                    $($( Self::$other(inner) => $crate::Rejection::code(inner), )+)?
                }
            }

            fn class(&self) -> $crate::Class {
                match self {
                    $( Self::$variant { .. } => $crate::Class::$class, )*
                    $($( Self::$other(inner) => $crate::Rejection::class(inner), )+)?
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    $( Self::$variant { $($field),* } => {
                        // Not every message names every field.
                        let _ = ($($field,)*);
                        ::std::write!(f, $message)
                    } )*
                    $($( Self::$other(inner) => ::std::fmt::Display::fmt(inner, f), )+)?
                }
            }
        }

        impl ::std::error::Error for $name {}

        $($( impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self::$other(inner)
            }
        } )+)?
    };
}
