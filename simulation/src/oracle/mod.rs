//! What must hold, checked as it goes and at the end.

mod answered;
mod decision;
mod fold;
mod landing;
mod linear;
mod prefix;
mod published;
mod read;
pub(crate) mod records;
mod rows;
mod settled;
mod status;

pub(crate) use answered::answered;
pub(crate) use landing::landing;
pub(crate) use linear::linear;
pub(crate) use prefix::follow;
pub(crate) use published::{Published, all_published, published};
pub(crate) use read::read_after;
pub(crate) use rows::{
    Mirror, all_projected, lose_last, rows_as_rebuilt, rows_moved, rows_right, switch_back,
};
pub(crate) use settled::settled;
pub(crate) use status::{commands, status};
