//! `kefu key`: API keys of other systems, and the process's own keys: made, shown to others, rotated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::ensure;
use clap::Subcommand;
use kefu_api_gateway::v1::keys_service_client::KeysServiceClient;
use kefu_api_gateway::v1::{CreateKeyRequest, ListKeysRequest, RevokeKeyRequest, RotateKeyRequest};
use kefu_kernel::Ambient;
use kefu_runtime::config::SecretRef;
use kefu_runtime::{data, keys};

use crate::client::{Client, ClientArgs, told};

/// What can be done with keys.
#[derive(Subcommand)]
pub enum Command {
    /// Makes an API key and writes it to a file that only you can read
    Create {
        /// What it is for
        name: String,
        /// Roles that it holds, such as integration
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// The branches that it sees; none: all of them
        #[arg(long = "branch")]
        branches: Vec<String>,
        /// Where the key is written; it is shown nowhere else
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Lists the API keys, without their secrets
    List {
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Gives an API key a second secret; the older one is accepted for a day more
    Renew {
        /// Which
        id: String,
        /// Where the new secret is written; it is shown nowhere else
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Takes an API key out of use, at once and for good
    Revoke {
        /// Which
        id: String,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Makes a key ring for a process, in a file that only you can read
    New {
        /// The file, such as /etc/kefu/secrets/tickets.ring; never over one that is there
        ring: PathBuf,
    },
    /// Prints the public half of a key ring, that other processes know this one's services by
    Public {
        /// The ring's file
        ring: PathBuf,
        /// The services that run with it, such as tickets
        #[arg(required = true)]
        services: Vec<String>,
    },
    /// Gives the process's key ring a new version: what is sealed and signed from the next start on
    Rotate {
        /// The ring's file, such as kefu-data/process.ring
        ring: PathBuf,
    },
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let args = match &command {
        Command::New { ring } => {
            keys::create(ring, &Ambient::system())?;
            println!("{} is made; replicas of a service share it", ring.display());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Public { ring, services } => {
            println!("{}", public(ring, services)?);
            return Ok(ExitCode::SUCCESS);
        }
        Command::Rotate { ring } => {
            keys::rotate(ring, &Ambient::system())?;
            println!("{} has a new version; restart the process to use it", ring.display());
            return Ok(ExitCode::SUCCESS);
        }
        Command::Create { client, .. }
        | Command::List { client }
        | Command::Renew { client, .. }
        | Command::Revoke { client, .. } => client.clone(),
    };
    let client = Client::open(&args).await?;
    let done = carry_out(&client, command).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn carry_out(client: &Client, command: Command) -> anyhow::Result<()> {
    let mut service = KeysServiceClient::new(client.transport.clone());
    match command {
        Command::Create { name, roles, branches, out, .. } => {
            let request = CreateKeyRequest {
                name,
                roles,
                all_branches: branches.is_empty(),
                branch_ids: branches,
                ..CreateKeyRequest::default()
            };
            let made = service.create_key(request).await.map_err(|status| told(&status))?;
            let made = made.into_inner();
            data::write_private(&out, &made.secret)?;
            println!("{} in {}", made.key.unwrap_or_default().id, out.display());
        }
        Command::List { .. } => {
            let mut page_token = String::new();
            loop {
                let request = ListKeysRequest { page_token, ..ListKeysRequest::default() };
                let page = service.list_keys(request).await.map_err(|status| told(&status))?;
                let page = page.into_inner();
                for key in page.keys {
                    println!("{} {:<30} {}", key.id, key.name, key.roles.join(","));
                }
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
        }
        Command::Renew { id, out, .. } => {
            let request = RotateKeyRequest { key_id: id, ..RotateKeyRequest::default() };
            let made = service.rotate_key(request).await.map_err(|status| told(&status))?;
            data::write_private(&out, &made.into_inner().secret)?;
            println!("the new secret is in {}", out.display());
        }
        Command::Revoke { id, .. } => {
            let request = RevokeKeyRequest { key_id: id, ..RevokeKeyRequest::default() };
            service.revoke_key(request).await.map_err(|status| told(&status))?;
            println!("revoked");
        }
        Command::New { .. } | Command::Public { .. } | Command::Rotate { .. } => {}
    }
    Ok(())
}

/// The file that other processes get, for services that this binary holds.
fn public(ring: &Path, services: &[String]) -> anyhow::Result<String> {
    let known = kefu_suite::suite()?.known();
    for service in services {
        ensure!(known.contains_key(service.as_str()), "there is no service `{service}`");
    }
    let ring = keys::read(&SecretRef::File(ring.to_owned()))?;
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    Ok(keys::PublicKeys::of(&ring, &services, &Ambient::system()).to_json())
}
