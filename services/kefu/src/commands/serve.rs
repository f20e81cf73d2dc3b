//! `kefu serve`.

use std::process::ExitCode;

use kefu_runtime::config::ConfigArgs;
use kefu_runtime::{serve, telemetry};

use super::load;
use kefu_suite::suite;

/// Flags of `kefu serve`.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigArgs,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = load(&args.config)?;
    let instance = std::process::id().to_string();
    let guard = kefu_telemetry::init(&telemetry(&config, &instance))?;
    let served = serve(&suite()?, config).await;
    guard.shutdown().await;
    served.map(|()| ExitCode::SUCCESS)
}
