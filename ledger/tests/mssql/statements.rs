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

/// Of hints about the size of a lock, and about isolation, SQL Server takes one each for a table; and READPAST, where the
/// database has READ_COMMITTED_SNAPSHOT, only with READCOMMITTEDLOCK.
#[test]
fn hints_are_combined_as_sql_server_allows() {
    const SIZES: [&str; 6] = ["PAGLOCK", "NOLOCK", "READCOMMITTEDLOCK", "ROWLOCK", "TABLOCK", "TABLOCKX"];
    const ISOLATION: [&str; 5] = ["HOLDLOCK", "NOLOCK", "READCOMMITTED", "REPEATABLEREAD", "SERIALIZABLE"];
    let mut seen = 0;
    for (name, sql) in statements() {
        for rest in sql.split(" WITH (").skip(1).filter(|rest| rest.starts_with(char::is_uppercase)) {
            let hints: Vec<_> = rest.split(')').next().unwrap().split(", ").collect();
            let count = |of: &[&str]| hints.iter().filter(|hint| of.contains(hint)).count();
            assert!(count(&SIZES) <= 1 && count(&ISOLATION) <= 1, "{name}.sql: {hints:?}");
            let reads_past = hints.contains(&"READPAST");
            assert_eq!(reads_past, hints.contains(&"READCOMMITTEDLOCK"), "{name}.sql: {hints:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 17);
}

/// Nothing else keeps a plan to the key: of a table that is small, or was when the plan was made, all rows may be read, and
/// update locks taken on those of all hosts. Without columns, since with them FORCESEEK may not stand at what is changed.
#[test]
fn whoever_locks_or_changes_commands_seeks_them_by_a_named_index() {
    let all = statements();
    let create = &all.iter().find(|(name, _)| name == "create").unwrap().1;
    for (name, sql) in &all {
        assert!(!sql.contains("UPDATE dbo.tidings_commands") && !sql.contains("FORCESEEK ("), "{name}.sql");
        if ["list", "list_of_state", "backlog"].contains(&name.as_str()) {
            continue;
        }
        for rest in sql.split("FROM dbo.tidings_commands").skip(1) {
            let hints = rest.split("))").next().unwrap();
            let (_, index) =
                hints.split_once("FORCESEEK, INDEX (").unwrap_or_else(|| panic!("{name}.sql: {rest}"));
            assert!(create.contains(&format!("INDEX {index} ON dbo.")), "{name}.sql: {index}");
        }
    }
}

fn read_all() {
    let all = statements();
    assert_eq!(all.len(), 25, "{all:?}");
    for (name, sql) in all {
        let read = parse(&sql).unwrap_or_else(|error| panic!("{name}.sql: {error}"));
        assert!(!read.is_empty(), "{name}.sql");
    }
}
