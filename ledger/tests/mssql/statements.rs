//! Each statement is T-SQL.

use crate::double::{parse, statements};

/// The parser, unoptimised, needs more room on the stack than a test has.
fn with_room(test: fn()) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(test).unwrap().join().unwrap();
}

#[test]
fn each_statement_is_read_as_t_sql() {
    with_room(read_all);
}

fn read_all() {
    let all = statements();
    assert_eq!(all.len(), 24, "{all:?}");
    for (name, sql) in all {
        let read = parse(&sql).unwrap_or_else(|error| panic!("{name}.sql: {error}"));
        assert!(!read.is_empty(), "{name}.sql");
    }
}
