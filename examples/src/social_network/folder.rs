//! Reads the files of a folder, row by row, and keeps book of the rows that make no sense.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, Terminator};

use super::shapes::Shape;

/// The place of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file's name.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is.
    pub place: Place,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.why)
    }
}

/// A row with as many fields as its file has columns.
#[derive(Clone, Debug)]
pub struct Row {
    /// Where it is.
    pub place: Place,
    fields: Vec<String>,
}

impl Row {
    /// The text of the column at this index, which is one of the shape's.
    pub fn field(&self, index: usize) -> &str {
        self.fields.get(index).map_or("", String::as_str)
    }
}

/// A file as a whole cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is of another shape.
    #[error("{path} begins with `{found}`, not with the column names `{expected}`")]
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// Its first line.
        found: String,
        /// What that should be.
        expected: String,
    },
}

/// The rows of one file, those of a wrong form told to `skipped`.
///
/// # Errors
/// When the file cannot be read, or does not begin with the names of its columns.
pub fn read(folder: &Path, shape: Shape, skipped: &mut Vec<Skipped>) -> Result<Vec<Row>, FolderError> {
    let path = folder.join(shape.file);
    let unreadable = |source: io::Error| FolderError::Unreadable { path: path.clone(), source };
    let file = File::open(&path).map_err(unreadable)?;
    // With a last newline that is always there, the line after a row tells the line of the row.
    let mut reader = ReaderBuilder::new()
        .delimiter(b'|')
        .quoting(false)
        .flexible(true)
        .has_headers(false)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(file.chain(&b"\n"[..]));
    let (mut rows, mut head) = (Vec::new(), true);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|error| unreadable(error.into()))? {
        let place = Place { file: shape.file, line: reader.position().line() - 1 };
        let fields = fields(&record);
        if std::mem::take(&mut head) {
            if !fields.as_ref().is_ok_and(|fields| fields == shape.columns) {
                let found = record.iter().map(String::from_utf8_lossy).collect::<Vec<_>>().join("|");
                let found = found.trim_end().chars().take(60).collect();
                return Err(FolderError::OtherColumns { path, found, expected: shape.columns.join("|") });
            }
            continue;
        }
        match fields {
            Ok(fields) if fields == [""] => {}
            Ok(fields) if fields.len() == shape.columns.len() => rows.push(Row { place, fields }),
            Ok(fields) => {
                let why = format!("{} columns, where {} are expected", fields.len(), shape.columns.len());
                skipped.push(Skipped { place, why });
            }
            Err(why) => skipped.push(Skipped { place, why }),
        }
    }
    if head {
        return Err(FolderError::OtherColumns {
            path,
            found: String::new(),
            expected: shape.columns.join("|"),
        });
    }
    Ok(rows)
}

/// The fields as text, without the `\r` of a line that ends as on Windows.
fn fields(record: &csv::ByteRecord) -> Result<Vec<String>, String> {
    let text = |field: &[u8]| String::from_utf8(field.to_vec()).map_err(|_| "it is not UTF-8".to_owned());
    let mut fields = record.iter().map(text).collect::<Result<Vec<_>, _>>()?;
    if let Some(last) = fields.last_mut()
        && last.ends_with('\r')
    {
        last.pop();
    }
    Ok(fields)
}
