//! Carries commands out: loads an aggregate by replaying its history, lets it decide, appends.
//!
//! [`Engine::execute`] does it for any aggregate on any event store.

pub mod engine;
pub mod relay;

pub use engine::{Engine, ExecuteError, Meta, Options, Outcome};
