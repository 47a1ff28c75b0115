//! The replay command line.

mod cli;

use std::process::ExitCode;

use tidings_wiring::{parse_args, run_program, stop_signal};

use crate::cli::Args;

// Rows are made on some threads and dropped on others, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = parse_args::<Args>();
    args.stand_back();
    run_program("replay", async {
        tokio::select! { biased;
            () = stop_signal() => Ok(ExitCode::from(130)),
            done = args.carry_out() => done,
        }
    })
}
