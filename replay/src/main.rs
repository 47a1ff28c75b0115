//! The replay command line.

mod cli;

use std::process::ExitCode;

use tidings_wiring::{end_signal, parse_args, run_program};

use crate::cli::Args;

// Rows are made on some threads and dropped on others, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = parse_args::<Args>();
    args.stand_back();
    run_program("replay", async {
        let (report, left) = (args.report(), args.left());
        tokio::select! { biased;
            signal = end_signal() => {
                let stopped = format!("stopped by {signal}: {left}");
                report.failed(&stopped);
                eprintln!("replay: {stopped}");
                Ok(ExitCode::from(signal.exit_code()))
            }
            done = args.carry_out(&report) => done,
        }
    })
}
