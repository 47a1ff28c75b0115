//! How a read model is built.

/// How much a build may take of the machine.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// About how many bytes of events and rows it holds at a time, whatever the length of the log.
    pub memory: usize,
    /// How much is done at the same time: partitions decoded and merged, and rows stored.
    pub workers: usize,
    /// The most commits of one read.
    pub page: usize,
}

impl Default for Options {
    /// 512 MiB; a worker a processor.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        Self { memory: 512 << 20, workers, page: 1_000 }
    }
}
