//! `kefu`: the one binary. It serves any choice of the services, and is the operators' command line.

mod client;
mod commands;
mod import;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{audit, check, demo, events, key, migrate, serve};

/// Kefu, the system of record and of action of a customer-service department.
#[derive(Parser)]
#[command(name = "kefu", version, about, max_term_width = 100)]
#[command(
    after_help = "Start here: `kefu demo` runs everything on this machine with a small company in it;\n\
    `kefu serve` runs it on ./kefu-data. Settings: `kefu check --reference`."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the services, all of them or those of --services, until it is told to stop
    Serve(serve::Args),
    /// Loads a small company, plays a ticket from the call to its second episode, and keeps serving
    Demo(demo::Args),
    /// Brings the databases to this version's tables
    Migrate(migrate::Args),
    /// Takes over what another system has
    #[command(subcommand)]
    Import(import::Command),
    /// API keys, and the process's own keys
    #[command(subcommand)]
    Key(key::Command),
    /// The event log of a service: its changes, consumers and dead letters
    #[command(subcommand)]
    Events(events::Command),
    /// The audit trail
    #[command(subcommand)]
    Audit(audit::Command),
    /// Says what the configuration is, and everything that is wrong with it
    Check(check::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("kefu: the asynchronous runtime does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kefu: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::Migrate(args) => migrate::run(args).await,
        Command::Import(command) => import::run(command).await,
        Command::Key(command) => key::run(command).await,
        Command::Events(command) => events::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Check(args) => check::run(&args),
    }
}
