//! Tells Tidings the history of a whole social network, read from LDBC's files, and checks what it makes of it.
//!
//! ```sh
//! cargo run --release --example social_network -- ../shared/ldbc-snb
//! ```
//!
//! It runs a host of its own on `--data`, or talks to the one at `--connect`. Run twice on the same data it
//! appends nothing: every command is answered `replayed`. It fails unless all its checks hold. How rows become
//! commands is told in `src/social_network.rs`.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use tidings_examples::social_network::census::census;
use tidings_examples::social_network::checks::check;
use tidings_examples::social_network::client::Pool;
use tidings_examples::social_network::import::{Imported, import};
use tidings_examples::social_network::plan::{Plan, plan};
use tidings_examples::social_network::queries::Queries;
use tidings_examples::social_network::{ids, network, report};
use tidings_standalone::{Options, Standalone};
use tidings_wiring::{listen, start_logging};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Sends a social network, read from LDBC's files, to Tidings, and checks the answers against the files.
#[derive(Parser)]
#[command(name = "social_network")]
struct Args {
    /// The folder with person.csv, post.csv, comment.csv, person_likes_post.csv, person_likes_comment.csv and
    /// person_knows_person.csv.
    folder: PathBuf,
    /// The folder of data of a host of its own; a temporary one where it is left out.
    #[arg(long, conflicts_with = "connect")]
    data: Option<PathBuf>,
    /// HOST:PORT of a host to which to send the commands, in place of one of its own.
    #[arg(long)]
    connect: Option<String>,
    /// HOST:PORT for queries; the port after that of `--connect` where it is left out.
    #[arg(long, requires = "connect")]
    queries: Option<String>,
    /// How many commands may be sent and not yet answered.
    #[arg(long, default_value_t = 512)]
    in_flight: usize,
    /// How many connections to make.
    #[arg(long, default_value_t = 4)]
    connections: usize,
    /// For how many seconds a command is sent again to a host that does not take it.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    start_logging();
    match run(Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("social_network: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all checks held.
async fn run(args: Args) -> Result<bool, Box<dyn Error>> {
    // Not `println!`, which dies when nobody reads on.
    let mut out = io::stdout();
    let (network, skipped) = network::read(&args.folder)?;
    for skipped in &skipped {
        eprintln!("skipped {skipped}");
    }
    let plan = Arc::new(plan(&network));
    writeln!(
        out,
        "{} people, {} commands, {} of them dated before what they refer to; {} rows skipped",
        network.people.len(),
        plan.commands.len(),
        plan.early,
        skipped.len()
    )?;

    let host = Host::of(&args).await?;
    let patience = Duration::from_secs(args.patience);
    let commands = Arc::new(Pool::new(&host.commands, args.connections, patience));
    let imported = send(&plan, &commands, args.in_flight).await?;
    for (index, refusal) in &imported.refused {
        eprintln!("refused {}: {}: {}", plan.commands[*index].place, refusal.code, refusal.message);
    }
    write!(out, "{}", report::rates(&imported, commands.retries()))?;

    let after = imported.after.values().copied().collect();
    let queries = Queries::new(Pool::new(&host.queries, args.connections, patience), after, args.in_flight);
    let left_out: BTreeSet<_> = skipped.iter().map(|skipped| skipped.place).collect();
    let census = census(&args.folder, &left_out)?;
    let commits = imported.commits(&plan);
    let (started, anyone) = (Instant::now(), serde_json::json!({ "user": ids::user(0) }));
    queries.ask("Profile", anyone).await?;
    let seen = started.elapsed();
    let found = check(&queries, &census, &commits).await?;
    writeln!(
        out,
        "the read model had seen all of it {:.2} s later; {} of {} commits found in the log by their commands' ids",
        seen.as_secs_f64(),
        found.in_log,
        commits.len()
    )?;
    write!(out, "\n{}\n{}", report::counts(&found), report::tour(&queries, &network, &census).await?)?;

    let well = found.is_well() && imported.refused.is_empty() && imported.not_sent == 0;
    match well {
        true => writeln!(
            out,
            "\nAll checks hold: {} numbers compared in {:.2} s, CounterAudit is clean.",
            found.compared,
            started.elapsed().as_secs_f64()
        )?,
        false => eprint!("\nNot all checks hold.\n{}", report::differences(&found)),
    }
    drop(queries);
    host.stop().await?;
    Ok(well)
}

/// Sends the plan, with a progress bar where a person looks.
async fn send(plan: &Arc<Plan>, commands: &Arc<Pool>, in_flight: usize) -> Result<Imported, Box<dyn Error>> {
    let bar = ProgressBar::new(plan.commands.len() as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} commands, {per_sec}, {eta} left")?);
    let imported = import(plan.clone(), commands.clone(), in_flight, || bar.inc(1)).await;
    bar.finish_and_clear();
    Ok(imported?)
}

/// The host that is used, with its own process around it where it is another's.
struct Host {
    commands: String,
    queries: String,
    own: Option<(oneshot::Sender<()>, JoinHandle<usize>)>,
    _folder: Option<tempfile::TempDir>,
}

impl Host {
    async fn of(args: &Args) -> Result<Self, Box<dyn Error>> {
        if let Some(commands) = args.connect.clone() {
            let queries = args.queries.clone().map_or_else(|| next_port(&commands), Ok)?;
            return Ok(Self { commands, queries, own: None, _folder: None });
        }
        let (folder, temporary) = match &args.data {
            Some(folder) => (folder.clone(), None),
            None => {
                let temporary = tempfile::tempdir()?;
                (temporary.path().to_owned(), Some(temporary))
            }
        };
        let standalone = Standalone::open(&folder, Options::default()).await?;
        let any = "127.0.0.1:0";
        let (commands, queries) = (listen("--commands", any).await?, listen("--queries", any).await?);
        let addresses = (commands.local_addr()?.to_string(), queries.local_addr()?.to_string());
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(standalone.run(commands, queries, async { drop(stopped.await) }));
        let own = Some((stop, running));
        Ok(Self { commands: addresses.0, queries: addresses.1, own, _folder: temporary })
    }

    /// Stops a host of its own, so that its data can be opened again.
    async fn stop(self) -> Result<(), Box<dyn Error>> {
        if let Some((stop, running)) = self.own {
            drop(stop);
            running.await?;
        }
        Ok(())
    }
}

fn next_port(address: &str) -> Result<String, String> {
    let next = address.rsplit_once(':').and_then(|(host, port)| {
        let port: u16 = port.parse().ok()?;
        Some(format!("{host}:{}", port.checked_add(1)?))
    });
    next.ok_or_else(|| format!("`{address}` is no HOST:PORT; `--queries` can name that of the queries"))
}
