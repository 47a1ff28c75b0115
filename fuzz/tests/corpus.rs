//! Every target on its kept corpus, and on mutations of it.
#![allow(clippy::unwrap_used)] // a test that cannot be set up fails

use std::fs;
use std::path::PathBuf;

use tidings_fuzz::TARGETS;
use tidings_fuzz::mutate::Mutations;

/// So many mutations of each; of files, which are slower, a tenth.
const MUTATIONS: usize = 50_000;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn run(name: &str) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(corpus.len() >= 5, "{name} has a corpus");
    corpus.iter().for_each(|bytes| target(bytes));
    let most = if name == "export_file" { MUTATIONS / 10 } else { MUTATIONS };
    for (number, bytes) in Mutations::of(&corpus, 1).take(most).enumerate() {
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let held = std::panic::catch_unwind(|| target(&bytes));
        assert!(held.is_ok(), "{name}, mutation {number}: {shown:?}\n{bytes:?}");
    }
}

macro_rules! each {
    ($($target:ident)+) => {
        $(
            #[test]
            fn $target() {
                run(stringify!($target));
            }
        )+

        #[test]
        fn no_target_is_left_out() {
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$(stringify!($target)),+]);
        }
    };
}

each! { frames command query cursor parsed stored_event kafka_record export_line export_file }
