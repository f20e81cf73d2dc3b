//! `kefu events`: a service's log, its consumers and their dead letters.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use kefu_api_common::v1::{
    DiscardDeadLetterRequest, ListChangesRequest, ListConsumersRequest, ListDeadLettersRequest,
    ReplayDeadLettersRequest, list_changes_request,
};

use crate::client::{Client, ClientArgs, told};

/// The services that have a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Service {
    /// The directory.
    Gateway,
    /// Tickets and calls.
    Tickets,
    /// Projections and their rebuilds.
    Reporting,
}

/// What can be done with a log.
#[derive(Subcommand)]
pub enum Command {
    /// Prints the change feed: one line per event, then the cursor to go on from
    List {
        /// Whose log
        #[arg(value_enum)]
        service: Service,
        /// Goes on from here
        #[arg(long)]
        cursor: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(i32).range(1..=1000))]
        limit: i32,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Tells how far each consumer of a service has come
    Consumers {
        /// Whose consumers
        #[arg(value_enum)]
        service: Service,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Lists the events that a consumer of a service could not fold
    DeadLetters {
        /// Whose consumers
        #[arg(value_enum)]
        service: Service,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Folds dead letters again, and what waits behind them
    Replay {
        /// Whose consumers
        #[arg(value_enum)]
        service: Service,
        /// Which
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        client: ClientArgs,
    },
    /// Gives a dead letter up and goes on with what waits behind it
    Discard {
        /// Whose consumer
        #[arg(value_enum)]
        service: Service,
        /// Which
        id: String,
        /// Why, for the record
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        client: ClientArgs,
    },
}

/// Calls one method of a service's `EventsService`.
macro_rules! each {
    ($service:expr, $client:expr, $method:ident, $request:expr) => {{
        let transport = $client.transport.clone();
        match $service {
            $crate::commands::events::Service::Gateway => {
                kefu_api_gateway::v1::events_service_client::EventsServiceClient::new(transport)
                    .$method($request)
                    .await
            }
            $crate::commands::events::Service::Tickets => {
                kefu_api_tickets::v1::events_service_client::EventsServiceClient::new(transport)
                    .$method($request)
                    .await
            }
            $crate::commands::events::Service::Reporting => {
                kefu_api_reporting::v1::events_service_client::EventsServiceClient::new(transport)
                    .$method($request)
                    .await
            }
        }
    }};
}
pub(super) use each;

pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let args = match &command {
        Command::List { client, .. }
        | Command::Consumers { client, .. }
        | Command::DeadLetters { client, .. }
        | Command::Replay { client, .. }
        | Command::Discard { client, .. } => client.clone(),
    };
    let client = Client::open(&args).await?;
    let done = carry_out(&client, command).await;
    client.close().await;
    done.map(|()| ExitCode::SUCCESS)
}

async fn carry_out(client: &Client, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List { service, cursor, limit, .. } => list(client, service, cursor, limit).await,
        Command::Consumers { service, .. } => consumers(client, service).await,
        Command::DeadLetters { service, .. } => dead_letters(client, service).await,
        Command::Replay { service, ids, .. } => {
            let request =
                ReplayDeadLettersRequest { dead_letter_ids: ids, request_id: String::new() };
            let answer = each!(service, client, replay_dead_letters, request);
            let answer = answer.map_err(|status| told(&status))?.into_inner();
            println!(
                "replayed {}, unknown {}",
                answer.replayed_ids.len(),
                answer.unknown_ids.len()
            );
            Ok(())
        }
        Command::Discard { service, id, reason, .. } => {
            let request =
                DiscardDeadLetterRequest { dead_letter_id: id, reason, request_id: String::new() };
            each!(service, client, discard_dead_letter, request).map_err(|status| told(&status))?;
            println!("discarded");
            Ok(())
        }
    }
}

async fn list(
    client: &Client,
    service: Service,
    cursor: Option<String>,
    limit: i32,
) -> anyhow::Result<()> {
    let request = ListChangesRequest {
        from: cursor.map(list_changes_request::From::Cursor),
        page_size: limit,
        types: Vec::new(),
    };
    let answer = each!(service, client, list_changes, request).map_err(|status| told(&status))?;
    let answer = answer.into_inner();
    for change in answer.changes {
        let name = change.payload.as_ref().and_then(|any| any.type_url.rsplit('.').next());
        println!(
            "{:02}/{:<8} {:<24} {} v{} by {}",
            change.partition,
            change.position,
            name.unwrap_or("?"),
            change.aggregate_id,
            change.version,
            change.actor
        );
    }
    println!("cursor: {}", answer.next_cursor);
    Ok(())
}

async fn consumers(client: &Client, service: Service) -> anyhow::Result<()> {
    let request = ListConsumersRequest::default();
    let answer = each!(service, client, list_consumers, request).map_err(|status| told(&status))?;
    for place in answer.into_inner().positions {
        println!(
            "{:<28} {:<10} {:02} position {:<8} parked aggregates {}",
            place.consumer, place.source, place.partition, place.position, place.parked_aggregates
        );
    }
    Ok(())
}

async fn dead_letters(client: &Client, service: Service) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = ListDeadLettersRequest { page_token, ..ListDeadLettersRequest::default() };
        let answer =
            each!(service, client, list_dead_letters, request).map_err(|status| told(&status))?;
        let answer = answer.into_inner();
        for letter in answer.dead_letters {
            println!(
                "{} {} {} of {} ({} tries, {} wait behind it): {}",
                letter.id,
                letter.consumer,
                letter.r#type,
                letter.aggregate_id,
                letter.attempts,
                letter.parked_events,
                letter.error
            );
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(());
        }
    }
}
