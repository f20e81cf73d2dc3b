//! CreateTicket: registers a matter. The same source and external id never make two tickets.

use kefu_api_common::field;
use kefu_api_tickets::v1::{self, CreateTicketRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{ExternalKey, Needs, Work};

use super::{decode, encode};
use crate::domain::ids::{CallId, TicketId};
use crate::domain::ticket::New;
use crate::domain::words::Channel;
use crate::domain::{self, Ticket};
use crate::service::Tickets;
use crate::{Error, Result};

/// The kind of number that tickets have.
pub const NUMBER: &str = "ticket";
/// The kind of the natural key that a ticket's source and external id make.
pub const EXTERNAL_KEY: &str = "ticket";

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: CreateTicketRequest,
) -> Result<v1::Ticket> {
    let key = ExternalKey::of(EXTERNAL_KEY, &request.source, request.external_id.as_deref())?;
    let new = new(request)?;
    tickets.directory.know_branch(&call.principal.scope, "branch_id", new.branch).await?;
    tickets.directory.know_department("department_id", new.department).await?;
    tickets.directory.know_person("assignee_id", new.assignee).await?;
    let mut needs = Needs::default();
    needs.numbers(NUMBER, 1);
    key.need::<Ticket>(&mut needs);
    if let Some(call) = new.call {
        needs.load::<domain::Call>(call.uuid());
    }
    let this = tickets.clone();
    let decide = move |work: &mut Work<'_>| {
        key.check_free::<Ticket>(work)?;
        check_call(work, new.call)?;
        let mut new = new.clone();
        new.id = TicketId::from(work.new_id());
        new.number = work.number(NUMBER);
        let (ticket, events) = Ticket::create(&this.context(work), new)?;
        let ticket = work.save(ticket, events);
        key.claim(work, ticket.head.id)?;
        Ok::<_, Error>(encode::answered(&ticket, &work.principal().scope, None))
    };
    Ok(tickets.runner.run_with(call, needs, decide).await?.reply)
}

fn new(request: CreateTicketRequest) -> Result<New> {
    Ok(New {
        // Both are issued when it is decided.
        id: TicketId::from(id::Uuid::nil()),
        number: 0,
        kind: request.r#type,
        channel: Channel::from_wire(request.channel).unwrap_or(Channel::Other),
        source: request.source,
        external_id: request.external_id,
        subject: request.subject,
        description: request.description,
        requester: decode::requester(request.requester),
        language: request.language,
        cause: request.cause,
        impact: decode::level(request.impact),
        urgency: decode::level(request.urgency),
        branch: id::read_optional("branch_id", request.branch_id.as_deref())?,
        department: id::read_optional("department_id", request.department_id.as_deref())?,
        assignee: id::read_optional("assignee_id", request.assignee_id.as_deref())?,
        call: id::read_optional("call_id", request.call_id.as_deref())?,
        fields: field::read_all(request.fields),
    })
}

fn check_call(work: &Work<'_>, call: Option<CallId>) -> Result<(), domain::Error> {
    match call {
        Some(id) if work.find::<domain::Call>(id.uuid()).is_none() => {
            Err(domain::Error::unknown("call_id", &id.to_string()))
        }
        _ => Ok(()),
    }
}
