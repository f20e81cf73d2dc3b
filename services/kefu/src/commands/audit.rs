//! `kefu audit verify`: checks a service's log and names what is not as it was recorded.

use std::process::ExitCode;

use clap::Subcommand;
use kefu_api_common::v1::verify_audit_response::Item;
use kefu_api_common::v1::{AuditFindingKind, VerifyAuditRequest, VerifyAuditResponse};
use tonic::{Response, Streaming};

use super::events::Service;
use crate::client::{Client, ClientArgs, told};

/// What can be done with the audit trail.
#[derive(Subcommand)]
pub enum Command {
    /// Checks every event against its hash, the chain and the signed heads
    Verify {
        /// Whose log
        #[arg(value_enum, default_value = "tickets")]
        service: Service,
        #[command(flatten)]
        client: ClientArgs,
    },
}

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let Command::Verify { service, client } = command;
    let client = Client::open(&client).await?;
    let verified = verify(&client, service).await;
    client.close().await;
    verified
}

async fn verify(client: &Client, service: Service) -> anyhow::Result<ExitCode> {
    let request = VerifyAuditRequest::default();
    let started: Result<Response<Streaming<VerifyAuditResponse>>, _> =
        super::events::each!(service, client, verify_audit, request);
    let mut stream = started.map_err(|status| told(&status))?.into_inner();
    let mut sound = true;
    while let Some(message) = stream.message().await.map_err(|status| told(&status))? {
        match message.item {
            Some(Item::Finding(finding)) => {
                sound = false;
                let kind = AuditFindingKind::try_from(finding.kind).unwrap_or_default();
                println!(
                    "{} partition {} position {} event {} of {}: {}",
                    kind.as_str_name().trim_start_matches("AUDIT_FINDING_KIND_"),
                    finding.partition,
                    finding.position,
                    finding.event_id.as_deref().unwrap_or("?"),
                    finding.aggregate_id.as_deref().unwrap_or("?"),
                    finding.detail
                );
            }
            Some(Item::Summary(summary)) => println!(
                "{} events checked, {} findings, {} signed heads verified, {} not chained yet",
                summary.checked, summary.findings, summary.signed_heads, summary.unchained
            ),
            Some(Item::Progress(_)) | None => {}
        }
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
