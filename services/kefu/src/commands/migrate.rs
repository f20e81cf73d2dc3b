//! `kefu migrate`.

use std::process::ExitCode;

use kefu_runtime::config::ConfigArgs;

use super::load;
use kefu_suite::suite;

/// Flags of `kefu migrate`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(&args.config)?;
    suite()?.migrate(&config).await?;
    println!("the databases have this version's tables");
    Ok(ExitCode::SUCCESS)
}
