//! Listening on an address, with an error that says what to do.

use tokio::net::TcpListener;

use crate::{StartError, files};

/// Listens on `HOST:PORT`, the value of `flag`; port 0 takes any that is free.
///
/// # Errors
/// When the address is none, or is taken.
pub async fn listen(flag: &str, address: &str) -> Result<TcpListener, StartError> {
    files::allow_many();
    let fail =
        |e| StartError::new(format_args!("cannot listen on {address}: {e}; choose another with {flag}"));
    TcpListener::bind(address).await.map_err(fail)
}
