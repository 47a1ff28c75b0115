//! What the simulation promises of itself, and the seeds that it plays.

mod planted;
mod repeatable;
mod seeds;
