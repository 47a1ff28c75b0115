//! The command line: a file for each verb, which says how it is called, does it and tells what came of it.

mod at;
mod commands;
mod compared;
mod diff;
mod drop_old;
mod effort;
mod export;
mod import;
mod integrity;
mod parked;
mod places;
mod positions;
#[cfg(feature = "servers")]
mod publish;
mod rebuild;
mod report;
mod strange;
mod stream;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tidings_wiring::StartError;

use self::places::Places;
use self::report::Report;

/// Rebuilds read models from the log, proves them, and looks at both.
///
/// Exit codes: 0 done; 1 it failed, and unless it said `swapped in` what is in use is as it was; 2 the command line is wrong; 3 read models
/// differ, or the log is not as it was written; 4 events stay parked; stopped by a signal, 128 and its number: 129 SIGHUP, 130 Ctrl-C, 143 SIGTERM,
/// with a line on what that means.
#[derive(Parser)]
#[command(name = "replay", version)]
pub(crate) struct Args {
    #[command(flatten)]
    places: Places,
    /// Print JSON, one object a line, in place of bars and words.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Rebuild(rebuild::Args),
    Verify(verify::Args),
    Diff(diff::Args),
    At(at::Args),
    /// Removes the read model that was in use before the last rebuild, and what rebuilds that were killed have left.
    DropOld,
    Stream(stream::Args),
    Export(export::Args),
    Import(import::Args),
    #[cfg(feature = "servers")]
    Publish(publish::Args),
    #[command(subcommand)]
    Parked(parked::Verb),
    #[command(subcommand)]
    Strange(strange::Verb),
    Commands(commands::Args),
}

/// What a verb ends with.
type Done = Result<ExitCode, StartError>;

impl Args {
    /// Before there is any thread: how much this program may take is inherited by those that it starts.
    pub(crate) fn stand_back(&mut self) {
        let effort = match &mut self.verb {
            Verb::Rebuild(args) => &mut args.effort,
            Verb::Verify(args) => &mut args.effort,
            Verb::Diff(args) => &mut args.effort,
            Verb::At(args) => &mut args.effort,
            _ => return,
        };
        effort.stand_back(&mut self.places);
    }

    /// Speaks as the command line wants it.
    pub(crate) fn report(&self) -> Report {
        Report::new(self.json)
    }

    /// What is left where it is stopped.
    pub(crate) fn left(&self) -> &'static str {
        match &self.verb {
            Verb::Rebuild(_) => {
                "the read model in use is as it was, unless the new one was just swapped in; the next rebuild clears away \
                 what was built"
            }
            Verb::Verify(_) | Verb::Diff(_) | Verb::Stream(_) => "nothing was changed",
            Verb::At(_) => "there is nothing to look at yet; the same command begins anew",
            Verb::DropOld => {
                "the read model in use is as it was; the same command removes what is left of others"
            }
            Verb::Export(_) => "there is no new file; the same command begins anew",
            Verb::Import(_) => "what the log holds is right, and the same command goes on",
            #[cfg(feature = "servers")]
            Verb::Publish(_) => {
                "what was published stays; the same command goes on behind it, with --live or --again from the front"
            }
            Verb::Parked(_) | Verb::Strange(_) | Verb::Commands(_) => {
                "what was under way was done or was not; `list` tells"
            }
        }
    }

    /// Does what the command line says.
    pub(crate) async fn carry_out(self, report: &Report) -> Done {
        let Self { places, verb, .. } = self;
        let done = match verb {
            Verb::Rebuild(args) => rebuild::run(args, &places, report).await,
            Verb::Verify(args) => verify::run(args, &places, report).await,
            Verb::Diff(args) => diff::run(args, &places, report).await,
            Verb::At(args) => at::run(args, &places, report).await,
            Verb::DropOld => drop_old::run(&places, report).await,
            Verb::Stream(args) => stream::run(args, &places, report).await,
            Verb::Export(args) => export::run(args, &places, report).await,
            Verb::Import(args) => import::run(args, &places, report).await,
            #[cfg(feature = "servers")]
            Verb::Publish(args) => publish::run(args, &places, report).await,
            Verb::Parked(verb) => parked::run(verb, &places, report).await,
            Verb::Strange(verb) => strange::run(verb, &places, report).await,
            Verb::Commands(args) => commands::run(args, report).await,
        };
        done.inspect_err(|error| report.failed(error))
    }
}
