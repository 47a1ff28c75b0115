//! The hosts as processes of their own on MongoDB, Kafka and PostgreSQL.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod away;
mod late;
mod ldbc;
mod letters;
mod refused;
mod together;
