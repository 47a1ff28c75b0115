//! What a [`Log`] promises, as tests that any adapter runs in a few lines.
//!
//! An adapter of your own: implement [`Log`], say in an [`Adapter`] how a fresh one is made, and let
//! [`conformance!`](crate::conformance!) make one `#[tokio::test]` of each promise. The crate needs `tokio` with
//! `macros` and `rt-multi-thread` for that.
//!
//! ```
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use tidings_eventstore::conformance::Adapter;
//! use tidings_eventstore::{Log, MemoryLog};
//!
//! struct Memory;
//!
//! #[async_trait]
//! impl Adapter for Memory {
//!     async fn create(&self, partitions: u16) -> Arc<dyn Log> {
//!         Arc::new(MemoryLog::new(partitions))
//!     }
//! }
//!
//! // One test a promise. An adapter whose log outlives its process adds `, lasting`, and the tests of reopening.
//! tidings_eventstore::conformance!(Memory);
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! // Or one by one, as functions that panic where the promise is broken:
//! tidings_eventstore::conformance::a_command_is_found(&Memory).await;
//! # });
//! ```

// A suite speaks by panicking.
#![allow(clippy::unwrap_used)]

mod conflict;
mod doubt;
mod faulty;
mod keys;
mod lasting;
mod layer;
mod leases;
mod once;
mod order;
mod read;
mod sample;
mod size;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Log;

pub use conflict::*;
pub use doubt::*;
pub use faulty::{Faults, Faulty};
pub use keys::*;
pub use lasting::*;
pub use layer::{Layer, Layered};
pub use leases::*;
pub use once::*;
pub use order::*;
pub use read::*;
pub use size::*;

/// How the suite gets logs of an adapter. Each test makes a value of its own, so tests can run side by side.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// Makes an empty log of so many partitions. Called once on each value.
    async fn create(&self, partitions: u16) -> Arc<dyn Log>;

    /// Ends a log as the end of its process would, and opens what it kept. Called only by the tests of
    /// `lasting` adapters.
    async fn reopen(&self, log: Arc<dyn Log>) -> Arc<dyn Log> {
        log
    }
}

/// Makes a `#[tokio::test]` of each promise: `conformance!(adapter)`, or `conformance!(adapter, lasting)` where the
/// log outlives its process. `adapter` is an expression that makes an [`Adapter`](crate::conformance::Adapter).
#[macro_export]
macro_rules! conformance {
    ($adapter:expr) => {
        $crate::conformance! { @tests $adapter;
            a_taken_number_is_not_stored_nor_what_follows
            a_taken_version_is_not_stored_nor_what_follows
            a_taken_command_is_not_stored_nor_what_follows
            a_stopped_batch_leaves_other_partitions_alone
            racing_writers_leave_no_gap
            readers_never_see_a_number_before_the_one_below
            times_never_go_back_when_the_clock_does
            the_hash_chain_holds
            racing_appends_on_one_stream_have_one_winner_a_version
            a_version_too_low_is_a_conflict_with_both_versions
            a_version_too_high_is_a_conflict_with_both_versions
            a_version_in_the_middle_of_a_commit_is_a_conflict
            a_conflict_leaves_its_batch_mates_alone
            a_commit_is_never_seen_in_part
            a_command_sent_again_is_replayed
            a_command_sent_twice_at_once_is_appended_once
            a_command_reused_on_another_stream_is_refused
            a_stream_is_read_from_the_middle_of_a_commit
            pages_say_where_the_log_ends
            ten_thousand_events_of_a_stream_are_read_in_order
            a_command_is_found
            what_was_never_written_reads_as_empty
            an_event_of_a_mebibyte_comes_back_byte_for_byte
            odd_data_come_back_byte_for_byte
            beyond_the_limits_is_refused_and_changes_nothing
            in_doubt_but_stored_is_ok
            in_doubt_and_not_stored_is_tried_again
            in_doubt_and_stored_late_is_there_once
            an_acknowledged_append_is_there_once_whatever_fails
        }
    };
    ($adapter:expr, lasting) => {
        $crate::conformance! { $adapter }
        $crate::conformance! { @tests $adapter;
            what_was_acknowledged_is_there_after_reopening
            writing_goes_on_after_reopening
            a_log_keeps_its_identity_after_reopening
        }
    };
    (@tests $adapter:expr; $($promise:ident)+) => { $(
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            $crate::conformance::$promise(&$adapter).await;
        }
    )+ };
}
