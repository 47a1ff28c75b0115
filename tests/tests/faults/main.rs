//! What is wrong with disk and files is said clearly, refused where it must be, and nothing acknowledged is lost.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

mod formats;
mod running;
mod starting;
mod views;
