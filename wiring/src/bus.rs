//! `--bus`.

use std::str::FromStr;
use std::sync::Arc;

use tidings_bus::{Bus, LocalBus};

use crate::url::{UrlError, refuse};

/// Which bus runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusUrl {
    /// `local`: within this process; readers in other processes look at the store.
    Local,
}

impl BusUrl {
    /// The bus.
    pub fn open(&self) -> Arc<dyn Bus> {
        match self {
            Self::Local => Arc::new(LocalBus::default()),
        }
    }
}

impl FromStr for BusUrl {
    type Err = UrlError;
    fn from_str(url: &str) -> Result<Self, Self::Err> {
        match url {
            "local" => Ok(Self::Local),
            _ => Err(refuse("bus", url, "known is local")),
        }
    }
}
