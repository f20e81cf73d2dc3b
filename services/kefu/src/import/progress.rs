//! How far an import has come: shown to the person, and kept for a run that is interrupted.

use std::path::{Path, PathBuf};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};

/// What became of the rows so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Lines of the file that were answered, without the header.
    pub lines: u64,
    /// Tickets made.
    pub accepted: u64,
    /// Rows that were known already.
    pub duplicate: u64,
    /// Rows that failed.
    pub rejected: u64,
    /// How long the file of failed rows is with them: what a killed run wrote beyond comes again.
    #[serde(default)]
    pub error_bytes: u64,
}

/// The file that remembers an interrupted run.
pub struct Memory {
    path: PathBuf,
    /// Whose answers are remembered: rows that another installation took are not there in this one.
    principal: String,
    bytes: u64,
}

/// The file's content: it belongs to one state of one file.
#[derive(Serialize, Deserialize)]
struct Remembered {
    principal: String,
    bytes: u64,
    sums: Sums,
}

impl Memory {
    /// Beside the file that is imported, of so many bytes, in the name of `principal`.
    pub fn beside(file: &Path, bytes: u64, principal: String) -> Self {
        let mut path = file.as_os_str().to_owned();
        path.push(".progress");
        Self { path: path.into(), principal, bytes }
    }

    /// What an interrupted run had done; none where there was none, the file has changed since, or it
    /// went elsewhere.
    pub fn recall(&self) -> Option<Sums> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let remembered: Remembered = serde_json::from_str(&text).ok()?;
        let same = remembered.bytes == self.bytes && remembered.principal == self.principal;
        same.then_some(remembered.sums)
    }

    /// Remembers, whole or not at all.
    pub fn keep(&self, sums: &Sums) -> anyhow::Result<()> {
        let remembered =
            Remembered { principal: self.principal.clone(), bytes: self.bytes, sums: sums.clone() };
        let text = serde_json::to_string(&remembered)?;
        kefu_runtime::data::write_private(&self.path, &text)
            .with_context(|| format!("writing {}", self.path.display()))
    }

    /// The run has come to its end.
    pub fn forget(&self) {
        // Absent where no batch was sent.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A bar with rate and time left; silent where nobody watches.
pub fn bar(lines: u64) -> anyhow::Result<ProgressBar> {
    let style = "{wide_bar} {pos}/{len} rows, {per_sec}, {eta} left";
    Ok(ProgressBar::new(lines).with_style(ProgressStyle::with_template(style)?))
}
