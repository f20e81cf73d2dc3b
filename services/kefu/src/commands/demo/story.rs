//! The story: a call, a complaint, an answer, a solution, and the customer who comes back.

use anyhow::Context;
use kefu_api_common::v1::FieldValue;
use kefu_api_common::v1::field_value::Kind;
use kefu_api_common::wire;
use kefu_api_events::v1::{Channel, StatusCategory};
use kefu_api_reporting::v1::GetLiveBoardRequest;
use kefu_api_reporting::v1::reporting_service_client::ReportingServiceClient;
use kefu_api_tickets::v1::call_event::What;
use kefu_api_tickets::v1::calls_service_client::CallsServiceClient;
use kefu_api_tickets::v1::tickets_service_client::TicketsServiceClient;
use kefu_api_tickets::v1::{
    AssignTicketRequest, CallAnswer, CallEvent, CallRing, CreateTicketRequest,
    ExplainTicketClocksRequest, GetTicketViewCountsRequest, ListTicketHistoryRequest,
    RecordCallEventsRequest, RecordCustomerMessageRequest, ReplyToTicketRequest, Requester, Ticket,
    TransferTicketRequest, TransitionTicketRequest, transfer_ticket_request,
};
use kefu_kernel::Ambient;

use super::company::Company;
use crate::client::{Transport, told};

/// Plays the story and tells it as a table.
pub async fn play(transport: &Transport, company: &Company) -> anyhow::Result<String> {
    let mut table = Table::default();
    let call = ring(transport, company, &mut table).await?;
    let mut tickets = TicketsServiceClient::new(transport.clone());
    let ticket = register(&mut tickets, company, call, &mut table).await?;
    let id = ticket.id.clone();
    let solved = solve(&mut tickets, company, &id, &mut table).await?;
    anyhow::ensure!(solved.category() == StatusCategory::Solved, "it is {}", solved.state);

    let said = RecordCustomerMessageRequest {
        ticket_id: id.clone(),
        body: "The new parcel is damaged as well".into(),
        ..RecordCustomerMessageRequest::default()
    };
    let said = tickets.record_customer_message(said).await.map_err(|status| told(&status))?;
    let again = said.into_inner().ticket.context("the answer holds the ticket")?;
    anyhow::ensure!(again.episode == 2, "it is in episode {}", again.episode);
    table.line("the customer comes back", &format!("{}, episode {}", again.state, again.episode));

    let explained = tickets
        .explain_ticket_clocks(ExplainTicketClocksRequest { ticket_id: id.clone(), episode: 2 })
        .await
        .map_err(|status| told(&status))?;
    for clock in explained.into_inner().clocks {
        if let Some(shown) = clock.clock {
            let kind = shown.kind().as_str_name().trim_start_matches("CLOCK_KIND_");
            let label = format!("the {} clock", kind.to_lowercase().replace('_', " "));
            table.line(&label, clock.summary.split(". ").next().unwrap_or(""));
        }
    }
    let history = tickets
        .list_ticket_history(ListTicketHistoryRequest {
            ticket_id: id,
            ..ListTicketHistoryRequest::default()
        })
        .await
        .map_err(|status| told(&status))?;
    let steps: Vec<String> =
        history.into_inner().entries.into_iter().map(|entry| entry.r#type).collect();
    table.line("history", &format!("{} events: {}", steps.len(), steps.join(", ")));
    numbers(transport, &mut tickets, &mut table).await?;
    Ok(table.0)
}

async fn ring(
    transport: &Transport,
    company: &Company,
    table: &mut Table,
) -> anyhow::Result<String> {
    let now = Ambient::system().now();
    let at = |seconds: u64| {
        Some(wire::timestamp(now.minus(std::time::Duration::from_secs(90 - seconds))))
    };
    let event = |at, what| CallEvent {
        exchange: "demo-pbx".into(),
        external_id: format!("call-{}", now.as_millis()),
        at,
        what: Some(what),
    };
    let ring = CallRing {
        line: "complaints".into(),
        caller_phone: "+34600111222".into(),
        branch_id: Some(company.branch.clone()),
    };
    let answer = CallAnswer { agent_id: company.agent.clone() };
    let events = vec![event(at(0), What::Ring(ring)), event(at(25), What::Answer(answer))];
    let mut calls = CallsServiceClient::new(transport.clone());
    let answer = calls
        .record_call_events(RecordCallEventsRequest { events, request_id: String::new() })
        .await
        .map_err(|status| told(&status))?;
    let results = answer.into_inner().results;
    for result in &results {
        anyhow::ensure!(result.violations.is_empty(), "{:?}", result.violations);
    }
    table.line("a call rings and is answered", "after 25 s, of 180 s allowed");
    results.into_iter().find_map(|result| result.call_id).context("the call has an id")
}

async fn register(
    tickets: &mut TicketsServiceClient<Transport>,
    company: &Company,
    call: String,
    table: &mut Table,
) -> anyhow::Result<Ticket> {
    let request = CreateTicketRequest {
        r#type: "complaint".into(),
        channel: Channel::Phone.into(),
        source: "complaints-line".into(),
        subject: "The parcel arrived broken".into(),
        description: "The vase inside is in pieces; the customer wants a new one.".into(),
        requester: Some(Requester {
            name: "Ana García".into(),
            phone: "+34600111222".into(),
            email: "ana@example.org".into(),
        }),
        language: "es".into(),
        branch_id: Some(company.branch.clone()),
        call_id: Some(call),
        ..CreateTicketRequest::default()
    };
    let ticket = tickets.create_ticket(request).await.map_err(|status| told(&status))?.into_inner();
    table.line(
        "the complaint is registered",
        &format!("number {}, {}", ticket.number, ticket.state),
    );
    let request = AssignTicketRequest {
        ticket_id: ticket.id.clone(),
        assignee_id: Some(company.agent.clone()),
        etag: ticket.etag.clone(),
        ..AssignTicketRequest::default()
    };
    let ticket = tickets.assign_ticket(request).await.map_err(|status| told(&status))?.into_inner();
    table.line("an agent takes it", &ticket.state);
    Ok(ticket)
}

async fn solve(
    tickets: &mut TicketsServiceClient<Transport>,
    company: &Company,
    id: &str,
    table: &mut Table,
) -> anyhow::Result<Ticket> {
    let request = TransferTicketRequest {
        ticket_id: id.into(),
        to: Some(transfer_ticket_request::To::DepartmentId(company.quality.clone())),
        reason: "needs-investigation".into(),
        ..TransferTicketRequest::default()
    };
    tickets.transfer_ticket(request).await.map_err(|status| told(&status))?;
    let request = AssignTicketRequest {
        ticket_id: id.into(),
        assignee_id: Some(company.agent.clone()),
        ..AssignTicketRequest::default()
    };
    tickets.assign_ticket(request).await.map_err(|status| told(&status))?;
    table.line("it is handed to Quality", "and worked on there");
    let request = ReplyToTicketRequest {
        ticket_id: id.into(),
        body: "We are sorry. A new vase is on its way.".into(),
        ..ReplyToTicketRequest::default()
    };
    tickets.reply_to_ticket(request).await.map_err(|status| told(&status))?;
    table.line("the customer is answered", "the first response is in time");
    let choice = |code: &str| FieldValue { kind: Some(Kind::Choice(code.into())) };
    let request = TransitionTicketRequest {
        ticket_id: id.into(),
        state: "solved".into(),
        cause: "damage".into(),
        resolution: "replaced".into(),
        fields: [
            ("justified".to_owned(), choice("yes")),
            ("remedy".to_owned(), choice("exchange")),
        ]
        .into(),
        ..TransitionTicketRequest::default()
    };
    let ticket = tickets.transition_ticket(request).await.map_err(|status| told(&status))?;
    let ticket = ticket.into_inner();
    table.line("it is solved", "justified, cause damage, remedy exchange");
    Ok(ticket)
}

/// What was folded from all of it; waits until the newest event is counted in.
async fn numbers(
    transport: &Transport,
    tickets: &mut TicketsServiceClient<Transport>,
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut reporting = ReportingServiceClient::new(transport.clone());
    let mut board = Vec::new();
    for _ in 0..200 {
        let request = GetLiveBoardRequest::default();
        let shown = reporting.get_live_board(request).await.map_err(|status| told(&status))?;
        board = shown.into_inner().cells;
        // The story's ticket is the only one that came by phone and is open.
        let counted = |cell: &&kefu_api_reporting::v1::LiveBoardCell| {
            cell.channel() == Channel::Phone && cell.category() == StatusCategory::Open
        };
        if board.iter().find(counted).is_some_and(|cell| cell.count > 0) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let total: i64 = board.iter().map(|cell| cell.count).sum();
    table.line("the live board", &format!("{total} tickets in {} cells", board.len()));
    let request = GetTicketViewCountsRequest::default();
    let counts = tickets.get_ticket_view_counts(request).await.map_err(|status| told(&status))?;
    for count in counts.into_inner().counts {
        table.line(&format!("view {}", count.view), &count.count.to_string());
    }
    Ok(())
}

/// What happened, a line each.
#[derive(Default)]
struct Table(String);

impl Table {
    fn line(&mut self, what: &str, how: &str) {
        self.0.push_str(&format!("{what:<34} {how}\n"));
    }
}
