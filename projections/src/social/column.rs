//! Short forms to declare columns.

use crate::{Column, Type};

pub(super) const fn uuid(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Uuid, about }
}

pub(super) const fn text(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Text, about }
}

pub(super) const fn int(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Int, about }
}

pub(super) const fn time(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Time, about }
}

pub(super) const fn flag(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Flag, about }
}

pub(super) const fn counter(name: &'static str, about: &'static str) -> Column {
    Column { name, ty: Type::Counter, about }
}
