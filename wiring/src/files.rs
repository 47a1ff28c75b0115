//! How many files the system lets a process open: a connection takes one.

/// Raises the soft limit of open files to the hard one, which every process may. Many systems set it to 1,024 or
/// less, for the sake of old programs; a host has that many connections and its files of data.
#[cfg(unix)]
pub(crate) fn allow_many() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, "the limit of open files stays as it was");
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn allow_many() {}
