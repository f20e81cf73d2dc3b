//! `kefu check`: the configuration as it is read, secrets hidden, and everything that is wrong with it.

use std::process::ExitCode;

use kefu_runtime::config::{self, ConfigArgs};

use super::read;
use kefu_suite::suite;

/// Flags of `kefu check`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,
    /// Prints every key with its meaning and default, as a table
    #[arg(long)]
    reference: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.reference {
        print!("{}", config::markdown(&config::reference(&suite()?.known())));
        return Ok(ExitCode::SUCCESS);
    }
    let loaded = read(&args.config)?;
    print!("{}", loaded.print());
    for problem in &loaded.problems {
        eprintln!("wrong: {problem}");
    }
    Ok(if loaded.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
