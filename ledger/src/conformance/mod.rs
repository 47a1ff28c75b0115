//! What a [`Ledger`] promises, as tests that any adapter runs in a few lines.
//!
//! ```
//! use std::sync::Arc;
//! use async_trait::async_trait;
//! use tidings_ledger::conformance::Adapter;
//! use tidings_ledger::{Ledger, MemoryLedger};
//!
//! #[derive(Default)]
//! struct Memory(MemoryLedger);
//!
//! #[async_trait]
//! impl Adapter for Memory {
//!     async fn open(&self) -> Arc<dyn Ledger> {
//!         Arc::new(self.0.clone())
//!     }
//! }
//!
//! // One test a promise. An adapter whose ledger outlives its process adds `, lasting`.
//! tidings_ledger::conformance!(Memory::default());
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! // Or one by one, as functions that panic where the promise is broken:
//! tidings_ledger::conformance::the_finish_of_a_woken_zombie_is_refused(&Memory::default()).await;
//! # });
//! ```

// A suite speaks by panicking.
#![allow(clippy::unwrap_used)]

mod ageing;
mod claims;
mod ends;
mod faulty;
mod fencing;
mod lasting;
mod listing;
mod many;
mod names;
mod operating;
mod progress;
mod receiving;
mod sample;
mod time;
mod tying;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Ledger;

pub use ageing::*;
pub use claims::*;
pub use ends::*;
pub use faulty::{Faults, Faulty};
pub use fencing::*;
pub use lasting::*;
pub use listing::*;
pub use many::*;
pub use names::*;
pub use operating::*;
pub use progress::*;
pub use receiving::*;
pub use time::*;
pub use tying::*;

/// How the suite gets at ledgers of an adapter. Each test makes a value of its own, so tests can run side by side.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// Opens the one ledger of this value as one more process would; it is empty at first.
    async fn open(&self) -> Arc<dyn Ledger>;

    /// Ends all that was opened, as the end of their processes would. Called only by the tests of `lasting` adapters.
    async fn end(&self) {}
}

/// Makes a `#[tokio::test]` of each promise: `conformance!(adapter)`, or `conformance!(adapter, lasting)` where the
/// ledger outlives its process. `adapter` is an expression that makes an [`Adapter`](crate::conformance::Adapter). After
/// `lasting` may come attributes of the tests: `conformance!(adapter, lasting, #[ignore = "needs a server"])`.
#[macro_export]
macro_rules! conformance {
    ($adapter:expr) => { $crate::conformance! { @all $adapter, [] } };
    ($adapter:expr, lasting $(, #[$mark:meta])*) => {
        $crate::conformance! { @all $adapter, [$(#[$mark])*] }
        $crate::conformance! { @tests $adapter, [$(#[$mark])*];
            what_was_promised_is_there_after_the_end_of_all_processes
            names_are_there_after_the_end_of_all_processes
        }
    };
    (@all $adapter:expr, $marks:tt) => {
        $crate::conformance! { @tests $adapter, $marks;
            a_command_that_is_received_is_claimed_by_who_received_it
            a_promised_command_waits_for_whoever_claims_it
            a_repeat_is_told_the_first_outcome
            the_same_id_with_another_content_is_told_apart
            a_repeat_that_does_not_wait_makes_a_promise_of_a_command_that_is_waited_for
            what_becomes_promised_has_all_its_attempts_before_it
            who_waits_for_what_was_promised_uses_up_no_attempt
            a_command_that_was_let_go_is_taken_by_its_repeat
            one_of_many_racing_repeats_gets_the_command
            who_comes_between_others_is_told_what_holds
            racing_claims_give_nobody_the_same_command
            what_has_waited_the_longest_is_claimed_first
            a_lease_that_ended_gives_the_command_to_another
            a_lease_that_is_renewed_does_not_end
            what_is_only_waited_for_is_claimed_by_no_worker
            a_host_that_is_alone_takes_over_what_others_were_at
            the_finish_of_a_woken_zombie_is_refused
            the_renewal_of_a_woken_zombie_is_refused
            a_finish_counts_once
            each_end_leaves_the_state_that_belongs_to_it
            a_retry_comes_at_its_time_and_not_before
            a_failure_for_good_is_tried_again_only_by_an_operator
            what_was_called_off_is_not_carried_out
            an_operator_cannot_change_what_is_at_work_or_done
            lists_are_paged_newest_first_by_state
            pages_are_stable_while_commands_come
            the_backlog_counts_what_is_promised_and_not_done
            what_is_old_and_finished_is_removed_in_lots
            what_was_only_waited_for_and_failed_is_removed_when_it_is_old
            what_is_promised_and_not_done_is_kept_however_old
            time_does_not_run_back_when_a_callers_does
            ten_thousand_commands_end_once_each
            a_name_is_held_by_one
            a_reservation_ends_and_the_name_is_free
            a_confirmed_name_lasts_until_it_is_released
            one_of_many_racing_holders_gets_the_name
            a_name_that_comes_and_goes_is_whose_it_is_said_to_be
            no_name_leaks
            of_many_that_tie_the_ledger_at_once_all_are_told_one_log
            a_tie_that_was_not_finished_ends_by_itself
            a_ledger_that_was_untied_is_of_the_log_that_comes_next
        }
    };
    (@tests $adapter:expr, $marks:tt; $($promise:ident)+) => {
        $( $crate::conformance! { @test $adapter, $marks; $promise } )+
    };
    (@test $adapter:expr, [$(#[$mark:meta])*]; $promise:ident) => {
        $(#[$mark])*
        #[::tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            $crate::conformance::$promise(&$adapter).await;
        }
    };
}
