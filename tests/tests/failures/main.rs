//! Whatever fails of the real system (hosts as processes of their own, MongoDB, Kafka, PostgreSQL) while clients send
//! commands: nothing that was acknowledged is lost or there twice, the hosts come back by themselves, answer meanwhile,
//! and at the end the read model is what a rebuild makes.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod come_and_go;
mod cut;
mod full;
mod killed;
mod overload;
mod put_back;
mod stopped;
