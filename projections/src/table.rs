//! Tables, declared once for every store.

/// A table of a read model. Names are snake_case and the same in every store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, plural, such as `posts`.
    pub name: &'static str,
    /// What it holds, in one line; a comment in the schema.
    pub about: &'static str,
    /// The columns of its primary key, in order; never null.
    pub key: &'static [Column],
    /// The other columns. Without a default, a column is null until it is set.
    pub columns: &'static [Column],
    /// The indexes that its queries need.
    pub indexes: &'static [Index],
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Type,
    /// What it holds, in one line; a comment in the schema.
    pub about: &'static str,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `uuid`; hyphenated text in SQLite.
    Uuid,
    /// `text`.
    Text,
    /// `bigint`.
    Int,
    /// `bigint`, not null, 0 until something is added: what `add` may change.
    Counter,
    /// `boolean`, not null, false until it is set; 0 and 1 in SQLite.
    Flag,
    /// `timestamptz`; RFC 3339 text with milliseconds in SQLite.
    Time,
}

/// An index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name, unique in the read model.
    pub name: &'static str,
    /// Its columns as SQL that every store takes, such as `author, created_at DESC, post DESC`.
    pub on: &'static str,
    /// A condition that rows in it meet, as SQL that every store takes; empty for all rows.
    pub only: &'static str,
}
