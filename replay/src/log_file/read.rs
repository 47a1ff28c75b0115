//! Reading a file of a log, commit by commit, each held against the chain of its partition.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use tidings_eventstore::{Chain, Commit, Flaw, partition_of};

use super::{End, FORMAT, Header, Last, LogFileError, VERSION, line};

/// The longest line: a commit of 8 MiB whose data are no JSON, each byte of it written as six.
const MOST_LINE: u64 = 64 << 20;

/// The longest first line.
const MOST_HEADER: u64 = 64 << 10;

/// A file of a log, read from its beginning.
pub(crate) struct LogFile {
    file: PathBuf,
    lines: Box<dyn BufRead + Send>,
    compressed: bool,
    header: Header,
    chains: Vec<Chain>,
    events: u64,
    /// The line that was read last, from 1.
    number: u64,
    line: Vec<u8>,
}

impl LogFile {
    /// Opens a file, whatever it is compressed with, and reads its first line.
    pub(crate) fn open(file: &Path) -> Result<Self, LogFileError> {
        let failed = |error: io::Error| LogFileError::Io { file: file.into(), cause: error.to_string() };
        let mut opened = BufReader::with_capacity(1 << 18, File::open(file).map_err(failed)?);
        let (lines, compressed): (Box<dyn BufRead + Send>, _) = match opened.fill_buf().map_err(failed)? {
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                let decoder = zstd::Decoder::with_buffer(opened).map_err(failed)?;
                (Box::new(BufReader::with_capacity(1 << 18, decoder)), true)
            }
            [0x1f, 0x8b, ..] => {
                (Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(opened))), true)
            }
            _ => (Box::new(opened), false),
        };
        let header = Header::new(Default::default(), Vec::new());
        let mut read = Self {
            file: file.into(),
            lines,
            compressed,
            header,
            chains: Vec::new(),
            events: 0,
            number: 0,
            line: Vec::new(),
        };
        read.read_header()?;
        Ok(read)
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    fn read_header(&mut self) -> Result<(), LogFileError> {
        let not_a_log = |file: &Path, cause: String| LogFileError::NotALog { file: file.into(), cause };
        match self.read_line(MOST_HEADER) {
            Ok(true) => {}
            Ok(false) => return Err(not_a_log(&self.file, "it is empty".into())),
            // No line of text, where it is not compressed.
            Err(LogFileError::Damaged { .. } | LogFileError::CutOff { .. }) if !self.compressed => {
                return Err(not_a_log(&self.file, "its first line does not name the format".into()));
            }
            Err(error) => return Err(error),
        }
        let named: serde_json::Value = serde_json::from_slice(&self.line).unwrap_or_default();
        if named["format"] != FORMAT {
            return Err(not_a_log(&self.file, "its first line does not name the format".into()));
        }
        match named["version"].as_u64().map(u32::try_from) {
            Some(Ok(VERSION)) => {}
            Some(Ok(found)) if found > VERSION => {
                return Err(LogFileError::Newer { file: self.file.clone(), found, known: VERSION });
            }
            _ => return Err(not_a_log(&self.file, "its first line names no version of the format".into())),
        }
        self.header = serde_json::from_slice(&self.line).map_err(|error| self.damaged(error.to_string()))?;
        if self.header.partitions == 0 || self.header.commits.len() != usize::from(self.header.partitions) {
            return Err(self.damaged("it tells no number of commits for each partition".into()));
        }
        self.chains = vec![Chain::default(); self.header.commits.len()];
        Ok(())
    }

    /// The next commit, proven; `None` after the last one, when the end is proven too.
    pub(crate) fn next(&mut self) -> Result<Option<Commit>, LogFileError> {
        if !self.read_line(MOST_LINE)? {
            return Err(LogFileError::CutOff { file: self.file.clone(), line: self.number });
        }
        if self.line.starts_with(br#"{"end":"#) {
            let last: Last =
                serde_json::from_slice(&self.line).map_err(|error| self.damaged(error.to_string()))?;
            self.prove_end(&last.end)?;
            return Ok(None);
        }
        let commit = line::read_commit(&self.line).map_err(|cause| self.damaged(cause))?;
        let position = commit.position;
        let flawed = |read: &Self, flaw| LogFileError::Flawed {
            file: read.file.clone(),
            line: read.number,
            position,
            flaw,
        };
        let belongs = partition_of(&commit.stream, self.header.partitions);
        if belongs != position.partition {
            return Err(flawed(self, Flaw::Partition { stream: commit.stream, partition: belongs }));
        }
        let taken = self.chains[usize::from(belongs)].take(&commit);
        taken.map_err(|flaw| flawed(self, flaw))?;
        self.events += commit.events.len() as u64;
        Ok(Some(commit))
    }

    fn prove_end(&mut self, end: &End) -> Result<(), LogFileError> {
        let heads: Vec<_> = self.chains.iter().map(Chain::head).collect();
        let as_told = heads.iter().map(|head| head.number).eq(self.header.commits.iter().copied());
        if !as_told || !end.names(self.events, heads.iter()) {
            return Err(self.damaged("its last line tells of other commits than stand before it".into()));
        }
        match self.read_line(MOST_LINE)? {
            false => Ok(()),
            true => Err(self.damaged("the file goes on after its end".into())),
        }
    }

    /// Reads the next line, its end left out; `false` where the file ends properly before it.
    fn read_line(&mut self, most: u64) -> Result<bool, LogFileError> {
        self.line.clear();
        let read = (&mut self.lines).take(most).read_until(b'\n', &mut self.line);
        let cut_off = LogFileError::CutOff { file: self.file.clone(), line: self.number };
        match read {
            Ok(0) => return Ok(false),
            // What is compressed tells so by itself.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(cut_off),
            _ => self.number += 1,
        }
        match read {
            Ok(_) if self.line.pop_if(|last| *last == b'\n').is_some() => Ok(true),
            Ok(_) if self.line.len() as u64 >= most => {
                Err(self.damaged(format!("it is longer than {most} bytes")))
            }
            Ok(_) => Err(cut_off),
            Err(error) => Err(self.damaged(error.to_string())),
        }
    }

    fn damaged(&self, cause: String) -> LogFileError {
        LogFileError::Damaged { file: self.file.clone(), line: self.number, cause }
    }
}
