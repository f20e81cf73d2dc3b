//! `kefu import`: takes a file over, row by row.
//!
//! The command reads and maps; the server judges each row and keeps its source and id for good, so a row
//! is never taken twice. Rows that fail are kept in a file of their own with their line and reason. A
//! run that was interrupted goes on after the last rows that were answered.

mod errors;
mod map;
mod progress;
mod rows;
mod send;
mod tickets;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::client::ClientArgs;

/// What can be taken over.
#[derive(Subcommand)]
pub enum Command {
    /// Takes tickets over from a CSV file, as history: no clock of them acts, nobody is told
    Tickets(Args),
}

/// Flags of `kefu import tickets`.
#[derive(clap::Args)]
pub struct Args {
    /// The file, CSV with a header
    pub file: PathBuf,
    /// How its columns are meant: a TOML file, or a shipped map (311)
    #[arg(long, value_name = "MAP")]
    pub map: String,
    /// Judges every row and keeps nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Makes departments that the directory does not have
    #[arg(long)]
    pub create_departments: bool,
    /// Rows of one call
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub batch: u16,
    /// Where rows that failed are kept [default: FILE.errors.csv]
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// Begins with the first row, also where an earlier run was interrupted
    #[arg(long)]
    pub from_start: bool,
    #[command(flatten)]
    pub client: ClientArgs,
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Tickets(args) = command;
    tickets::run(args).await
}
