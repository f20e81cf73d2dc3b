//! The commands, a file each.

pub mod audit;
pub mod check;
pub mod demo;
pub mod events;
pub mod key;
pub mod migrate;
pub mod serve;

use anyhow::bail;
use kefu_runtime::config::{self, Config, ConfigArgs, Loaded};

use kefu_suite::suite;

/// The configuration with everything that is wrong with it.
pub fn read(args: &ConfigArgs) -> anyhow::Result<Loaded> {
    Ok(config::load(args, std::env::vars(), &suite()?.known()))
}

/// The configuration, where nothing is wrong with it.
pub fn load(args: &ConfigArgs) -> anyhow::Result<Config> {
    let loaded = read(args)?;
    if loaded.problems.is_empty() {
        return Ok(loaded.config);
    }
    let problems: Vec<String> =
        loaded.problems.iter().map(|problem| format!("  {problem}")).collect();
    bail!("the configuration cannot be used:\n{}", problems.join("\n"))
}
