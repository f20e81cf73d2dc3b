//! The rows that failed, in a file of their own: each with its line and reason before its own columns, so
//! that the rows can be mended and imported from there.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context;
use csv::{StringRecord, Writer};

/// What stands before a row's own columns.
const COLUMNS: [&str; 3] = ["line", "reason", "detail"];
/// Rows that are shown to the person; the file has all.
const SHOWN: usize = 20;

/// The file. It is made with the first row that fails.
pub struct Errors {
    path: PathBuf,
    headers: StringRecord,
    file: Option<Writer<File>>,
}

/// A row that failed.
pub struct Failed {
    /// The file's line in which it begins, the header's being 1.
    pub line: u64,
    /// The stable reason.
    pub reason: String,
    /// Everything that is wrong with it, in words.
    pub detail: String,
    /// The row.
    pub record: StringRecord,
}

impl Errors {
    /// Opens it anew, or as an interrupted run left it, at `kept` bytes.
    pub fn open(path: PathBuf, headers: &StringRecord, kept: Option<u64>) -> anyhow::Result<Self> {
        let said = || format!("replacing {}", path.display());
        match kept.unwrap_or_default() {
            0 if path.exists() => std::fs::remove_file(&path).with_context(said)?,
            0 => {}
            bytes => {
                let file = File::options().write(true).open(&path).with_context(said)?;
                file.set_len(bytes).with_context(said)?;
            }
        }
        Ok(Self { path, headers: headers.clone(), file: None })
    }

    /// Keeps these rows; gives the file's length then.
    pub fn keep(&mut self, failed: &[Failed]) -> anyhow::Result<u64> {
        let wrote = || format!("writing {}", self.path.display());
        if !failed.is_empty() && self.file.is_none() {
            let fresh = !self.path.exists();
            let file = File::options().create(true).append(true).open(&self.path);
            let file = file.with_context(wrote)?;
            let file = self.file.insert(csv::WriterBuilder::new().flexible(true).from_writer(file));
            if fresh {
                file.write_record(COLUMNS.into_iter().chain(&self.headers)).with_context(wrote)?;
            }
        }
        if let Some(file) = &mut self.file {
            for Failed { line, reason, detail, record } in failed {
                let line = line.to_string();
                let first = [line.as_str(), reason, detail];
                file.write_record(first.into_iter().chain(record)).with_context(wrote)?;
            }
            file.flush().with_context(wrote)?;
        }
        Ok(std::fs::metadata(&self.path).map_or(0, |file| file.len()))
    }
}

/// The first of the rows that failed, a line of text each.
pub fn first(path: &Path) -> anyhow::Result<Vec<String>> {
    let read = || format!("reading {}", path.display());
    let reader = csv::ReaderBuilder::new().flexible(true).from_path(path);
    let mut told = Vec::new();
    for record in reader.with_context(read)?.records() {
        if told.len() == SHOWN {
            told.push("… and more".to_owned());
            break;
        }
        let record = record.with_context(read)?;
        let column = |place| record.get(place).unwrap_or_default();
        told.push(format!("line {}: {}: {}", column(0), column(1), column(2)));
    }
    Ok(told)
}
