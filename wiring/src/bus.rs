//! `--bus`.

use std::str::FromStr;
use std::sync::Arc;

use tidings_bus::{Bus, LocalBus};

use crate::StartError;
use crate::url::{UrlError, refuse};

/// Which bus runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BusUrl {
    /// `local`: within this process; readers in other processes look at the store.
    Local,
}

impl BusUrl {
    /// The bus of a log with so many partitions.
    ///
    /// # Errors
    /// When it is not there, or does not fit the log; the message says what to do.
    pub async fn open(&self, _partitions: u16) -> Result<Arc<dyn Bus>, StartError> {
        match self {
            Self::Local => Ok(Arc::new(LocalBus::default())),
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
