//! Lines of an exported log: what is read survives being written.

use tidings_replay::private::{read_commit, write_commit};

pub(crate) fn run(data: &[u8]) {
    let Ok(commit) = read_commit(data) else { return };
    let mut written = Vec::new();
    write_commit(&commit, &mut written).expect("what was read can be written");
    let line = written.strip_suffix(b"\n").expect("a line");
    assert!(!line.contains(&b'\n'), "one line");
    assert_eq!(read_commit(line).as_ref(), Ok(&commit));
}
