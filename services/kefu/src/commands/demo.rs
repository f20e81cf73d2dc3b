//! `kefu demo`: a small company on this machine, and a ticket from the call to its second episode.
//!
//! Everything goes through the public API, as any caller would do it. The data is kept in a folder of
//! its own that is made anew at each start.

mod company;
mod story;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use kefu_runtime::config::ConfigArgs;
use kefu_runtime::drain::{StopSignal, StopSignals};
use kefu_runtime::{data, telemetry};

use super::load;
use crate::client::{Client, start_here};
use kefu_suite::suite;

/// Flags of `kefu demo`.
#[derive(clap::Args)]
pub struct Args {
    /// Ends after the story instead of serving on
    #[arg(long)]
    exit: bool,
    /// Where the demonstration's data is kept; an existing demonstration there is used again
    /// [default: a temporary folder]
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let temporary = tempfile::tempdir().context("a temporary folder")?;
    let folder = args.keep.clone().unwrap_or_else(|| temporary.path().join("kefu-demo"));
    let mut config = load(&ConfigArgs {
        data: Some(folder.to_string_lossy().into_owned()),
        ..ConfigArgs::default()
    })?;
    config.telemetry.log = "warn".to_owned();
    let guard = kefu_telemetry::init(&telemetry(&config, "demo"))?;
    let mut signals = StopSignals::catch()?;
    let running = match args.exit {
        true => start_here(config).await?,
        false => suite()?.start(config).await?,
    };
    let address = running.address().context("the suite has a public port")?;
    let client =
        Client::connect(&format!("http://{address}"), &data::admin_key(&folder), None).await?;
    let played = async {
        let company = company::make(&client.transport).await?;
        story::play(&client.transport, &company).await
    };
    match played.await {
        Ok(table) => println!("{table}"),
        Err(error) => {
            running.shutdown(StopSignal::Interrupt).await;
            guard.shutdown().await;
            return Err(error);
        }
    }
    if !args.exit {
        println!("Kefu serves at http://{address}; OpenAPI: http://{address}/openapi.json");
        println!("The admin's API key: {}", data::admin_key(&folder).display());
        println!("Ctrl-C ends it.");
        signals.next().await;
    }
    running.shutdown(StopSignal::Interrupt).await;
    guard.shutdown().await;
    Ok(ExitCode::SUCCESS)
}
