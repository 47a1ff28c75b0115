//! The flags of sharing.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use tidings_eventstore::owners::Leases;
use tidings_wiring::StartError;

use super::{Options, Sharing};

/// Whether and how a host shares its log with others, as the command line has it.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Whether this host shares the partitions with the other command hosts on its log, and passes commands on to
    /// their owners; on where the log is on a server.
    #[arg(long, env = "TIDINGS_OWNERS", value_name = "on|off")]
    owners: Option<Switch>,
    /// Where the other command hosts reach this one, HOST:PORT; where it listens, unless that is everywhere.
    #[arg(long, env = "TIDINGS_ADVERTISE", value_name = "HOST:PORT", value_parser = parse_address)]
    advertise: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Switch {
    On,
    Off,
}

impl Flags {
    /// What they mean for a host that listens there, on a log with these leases or with none.
    ///
    /// # Errors
    /// Where the flags do not fit; the message says what to do.
    pub fn sharing(
        &self,
        listening: SocketAddr,
        leases: Option<Arc<dyn Leases>>,
    ) -> Result<Option<Sharing>, StartError> {
        let leases = match (self.owners, leases) {
            (Some(Switch::Off), _) | (None, None) => return Ok(None),
            (Some(Switch::On), None) => {
                let why = "--owners on: only one process writes this log, so there is nobody to share it with; \
                           leave the flag out, or take a log on a server";
                return Err(StartError::usage(why));
            }
            (_, Some(leases)) => leases,
        };
        let address = match &self.advertise {
            Some(address) => address.clone(),
            None if listening.ip().is_unspecified() => {
                let why = format!(
                    "--listen {listening} is everywhere, which tells the other command hosts nothing: give \
                     --advertise HOST:PORT, where they reach this one; or --owners off"
                );
                return Err(StartError::usage(why));
            }
            None => listening.to_string(),
        };
        Ok(Some(Sharing { leases, address, options: Options::default() }))
    }
}

fn parse_address(address: &str) -> Result<String, String> {
    let port =
        address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
    match port {
        Some(Ok(port)) if port > 0 => Ok(address.to_owned()),
        _ => Err("this is not HOST:PORT".into()),
    }
}

#[cfg(test)]
mod tests {
    use tidings_eventstore::owners::MemoryLeases;

    use super::*;

    fn sharing(owners: Option<Switch>, advertise: Option<&str>, listening: &str, leases: bool) -> String {
        let flags = Flags { owners, advertise: advertise.map(str::to_owned) };
        let leases = leases.then(|| Arc::new(MemoryLeases::default()) as Arc<dyn Leases>);
        match flags.sharing(listening.parse().unwrap(), leases) {
            Ok(Some(sharing)) => sharing.address,
            Ok(None) => "none".into(),
            Err(StartError::Usage(error)) => format!("usage: {error}"),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn a_log_on_a_server_is_shared_where_the_host_listens() {
        assert_eq!(sharing(None, None, "10.0.0.7:7401", true), "10.0.0.7:7401");
        assert_eq!(sharing(None, Some("one.example:7401"), "0.0.0.0:7401", true), "one.example:7401");
        assert_eq!(sharing(Some(Switch::Off), None, "0.0.0.0:7401", true), "none");
    }

    #[test]
    fn a_log_of_one_writer_is_shared_with_nobody() {
        assert_eq!(sharing(None, None, "0.0.0.0:7401", false), "none");
        assert!(sharing(Some(Switch::On), None, "127.0.0.1:7401", false).starts_with("usage: --owners on"));
    }

    #[test]
    fn an_address_that_tells_nobody_anything_is_refused() {
        assert!(sharing(None, None, "0.0.0.0:7401", true).contains("--advertise HOST:PORT"));
        assert!(sharing(None, None, "[::]:7401", true).contains("--advertise HOST:PORT"));
        for wrong in ["one.example", ":7401", "one:0", "one:http"] {
            assert!(parse_address(wrong).is_err(), "{wrong}");
        }
    }
}
