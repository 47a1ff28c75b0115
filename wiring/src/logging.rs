//! What hosts say while they run, on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Warnings and errors. SQL Server's driver calls an error what is none to us, such as a command that comes again, so it
/// is only heard by who names it.
const DEFAULT: &str = "warn";
const WITHOUT: &str = "tiberius=off";

/// Warnings and errors go to standard error; `TIDINGS_LOG=info` (or `tidings_wire=debug` …) shows more.
pub fn start_logging() {
    let filter = filter(&std::env::var("TIDINGS_LOG").unwrap_or_default());
    let colours = std::io::stderr().is_terminal();
    // A second start in one process (a test) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colours)
        .with_writer(std::io::stderr)
        .try_init();
}

/// What is asked for; what is shown without it where that is nothing, or nothing that can be read.
fn filter(asked: &str) -> EnvFilter {
    let of = |filter: &str| {
        if filter.contains("tiberius") {
            EnvFilter::try_new(filter)
        } else {
            EnvFilter::try_new(format!("{filter},{WITHOUT}"))
        }
    };
    let asked = if asked.trim().is_empty() { DEFAULT } else { asked };
    of(asked).or_else(|_| of(DEFAULT)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_of_sql_server_is_heard_only_where_it_is_asked_for() {
        for (asked, shown) in [
            ("", "tiberius=off,warn"),
            ("info", "tiberius=off,info"),
            ("tidings_wire=debug,warn", "tidings_wire=debug,tiberius=off,warn"),
            ("warn,tiberius=debug", "tiberius=debug,warn"),
            ("=nonsense=", "tiberius=off,warn"),
        ] {
            assert_eq!(filter(asked).to_string(), shown, "{asked}");
        }
    }
}
