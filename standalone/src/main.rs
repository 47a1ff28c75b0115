//! All of Tidings in one process.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use tidings_command_host::LedgerTerms;
use tidings_domain::UserId;
use tidings_process_host::ProcessFlags;
use tidings_standalone::{Options, Standalone};
use tidings_wiring::{
    LedgerUrl, StartError, counted, listen, parse_args, parse_partitions, run_program, stop_signal,
};

// Answers are made on one thread and dropped on another, for which the system's allocator takes locks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tidings in one process on one folder of data: takes commands, keeps the read models, answers queries.
#[derive(Parser)]
#[command(name = "tidings", version)]
struct Args {
    /// The folder of data; made where there is none.
    #[arg(long, env = "TIDINGS_DATA", default_value = "./tidings-data")]
    data: PathBuf,
    /// The address for commands.
    #[arg(long, env = "TIDINGS_COMMANDS", default_value = "127.0.0.1:7401")]
    commands: String,
    /// The address for queries.
    #[arg(long, env = "TIDINGS_QUERIES", default_value = "127.0.0.1:7402")]
    queries: String,
    /// A user who may moderate; may be given several times.
    #[arg(long = "moderator", env = "TIDINGS_MODERATORS", value_delimiter = ',')]
    moderators: Vec<UserId>,
    /// The number of partitions of a log that is made now; one that is there keeps its own.
    #[arg(long, env = "TIDINGS_PARTITIONS", default_value_t = 8, value_parser = parse_partitions)]
    partitions: u16,
    /// Where commands are recorded, so that they can be promised and refusals are remembered: none, or sqlite:FOLDER;
    /// in the folder of data where it is left out.
    #[arg(long, env = "TIDINGS_LEDGER", hide_env_values = true)]
    ledger: Option<LedgerUrl>,
    #[command(flatten)]
    terms: LedgerTerms,
    /// Whether what hangs on deleted things goes with them, and clips that are not published in time fail: on, or off.
    /// It needs a ledger.
    #[arg(long, env = "TIDINGS_PROCESSES", default_value = "on")]
    processes: Processes,
    #[command(flatten)]
    flags: ProcessFlags,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Processes {
    On,
    Off,
}

fn main() -> ExitCode {
    let args = parse_args::<Args>();
    run_program("tidings", serve(args))
}

async fn serve(args: Args) -> Result<(), StartError> {
    let recording = args.terms.options()?;
    let stop = stop_signal();
    let commands = listen("--commands", &args.commands).await?;
    let queries = listen("--queries", &args.queries).await?;
    let options = Options {
        partitions: args.partitions,
        moderators: args.moderators.into_iter().collect(),
        ledger: args.ledger,
        recording,
        processes: (args.processes == Processes::On).then_some(args.flags),
        ..Options::default()
    };
    let standalone = Standalone::open(&args.data, options).await?;
    let address = |l: &tokio::net::TcpListener| l.local_addr().map_err(StartError::new);
    eprint!("{}", welcome(&args.data, address(&commands)?, address(&queries)?));
    let cut_off = standalone.run(commands, queries, stop).await;
    match cut_off {
        0 => eprintln!("stopped; all that was acknowledged is in {}", args.data.display()),
        n => eprintln!("stopped; {}", counted(n, "request was cut off", "requests were cut off")),
    }
    Ok(())
}

fn welcome(data: &std::path::Path, commands: std::net::SocketAddr, queries: std::net::SocketAddr) -> String {
    let data = data.display();
    let (command_host, command_port) = (commands.ip(), commands.port());
    let (query_host, query_port) = (queries.ip(), queries.port());
    format!(
        r#"Tidings is up: commands on {commands}, queries on {queries}, data in {data}. Ctrl-C stops.

Type in another terminal:
  nc {command_host} {command_port}
  {{"command":"CreatePost","actor":"01930000-0000-7000-8000-000000000001","data":{{"text":"Hello, world"}}}}

and in a third:
  nc {query_host} {query_port}
  {{"query":"RecentPosts"}}

`help` tells the rest, on both.
"#
    )
}
