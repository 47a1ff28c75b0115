//! What the example `social_network` is made of, in parts that can be tested by themselves.

pub mod social_network;
