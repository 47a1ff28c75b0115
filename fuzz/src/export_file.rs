//! Files that are said to be an exported log, compressed or not: imported whole, or refused with nothing written.

use std::io::Write;

use tidings_eventstore::{Log, MemoryLog};
use tidings_replay::import;
use tokio::runtime::Builder;

pub(crate) fn run(data: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(data).expect("room");
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let log = MemoryLog::new(8);
        let imported = import(file.path(), &log, Default::default(), |_| {}).await;
        let mut found = 0;
        for partition in 0..8 {
            found += log.head(partition).await.expect("memory").number;
        }
        assert_eq!(found, imported.map_or(0, |imported| imported.commits));
    });
}
