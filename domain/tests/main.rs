//! What the domain promises, read as sentences: `post::edit::the_same_text_changes_nothing`.
#![allow(clippy::unwrap_used)] // also in the helpers of tests

mod catalogue;
mod clip;
mod comment;
mod dependencies;
mod event;
mod follow;
mod golden;
mod kit;
mod like;
mod model;
mod position;
mod post;
mod process;
mod rejection;
mod streams;
mod subject;
mod text;
mod view;
mod wire;
