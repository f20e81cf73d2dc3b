//! CreateTicket: registers a matter. The same source and external id never make two tickets.

use kefu_api_tickets::v1::{self, CreateTicketRequest};
use kefu_kernel::{Call, Id};
use kefu_store::runner::{Command, Needs, Work};

use super::{decode, encode};
use crate::Error;
use crate::domain::ids::{CallId, TicketId};
use crate::domain::ticket::New;
use crate::domain::words::Channel;
use crate::domain::{self, Context, Ticket};
use crate::service::{Done, Tickets, save};

/// The kind of number that tickets have.
pub const NUMBER: &str = "ticket";
/// The kind of the natural key that a ticket's source and external id make.
pub const EXTERNAL_KEY: &str = "ticket";

pub async fn run(tickets: &Tickets, call: Call, request: CreateTicketRequest) -> Done<v1::Ticket> {
    let new = new(request).map_err(super::refused)?;
    tickets.know_branch(&call, "branch_id", new.branch).await?;
    tickets.know_department("department_id", new.department).await?;
    tickets.know_person("assignee_id", new.assignee).await?;
    let command = Create { tickets: tickets.clone(), new };
    Ok(tickets.runner.run(call, command).await?.reply)
}

/// The natural key of a source's id.
pub fn external_key(source: &str, external_id: &str) -> String {
    format!("{source}/{external_id}")
}

fn new(request: CreateTicketRequest) -> Result<New, domain::Error> {
    if request.external_id.is_some() && request.source.is_empty() {
        let what = "is needed where there is an external id";
        return Err(domain::Error::invalid("source", "required", what));
    }
    Ok(New {
        // Both are issued when it is decided.
        id: TicketId::from(kefu_kernel::id::Uuid::nil()),
        number: 0,
        kind: request.r#type,
        channel: decode::channel(request.channel).unwrap_or(Channel::Other),
        source: request.source,
        external_id: request.external_id,
        subject: request.subject,
        description: request.description,
        requester: decode::requester(request.requester),
        language: request.language,
        cause: request.cause,
        impact: decode::level(request.impact),
        urgency: decode::level(request.urgency),
        branch: decode::optional_id("branch_id", request.branch_id.as_ref())?,
        department: decode::optional_id("department_id", request.department_id.as_ref())?,
        assignee: decode::optional_id("assignee_id", request.assignee_id.as_ref())?,
        call: decode::optional_id("call_id", request.call_id.as_ref())?,
        fields: decode::fields(request.fields),
    })
}

struct Create {
    tickets: Tickets,
    new: New,
}

impl Create {
    fn key(&self) -> Option<String> {
        let id = self.new.external_id.as_ref()?;
        Some(external_key(&self.new.source, id))
    }
}

impl Command for Create {
    type Reply = v1::Ticket;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.numbers(NUMBER, 1);
        if let Some(key) = self.key() {
            needs.key::<Ticket>(EXTERNAL_KEY, key);
        }
        if let Some(call) = self.new.call {
            needs.load::<domain::Call>(call.uuid());
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<v1::Ticket, Error> {
        let key = self.key();
        if let Some(by) = key.as_ref().and_then(|key| work.key(EXTERNAL_KEY, key)) {
            let by = work.find::<Ticket>(by).map(|ticket| ticket.id().to_string());
            return Err(Error::ExternalIdTaken { by });
        }
        if let Some(call) = self.new.call
            && work.find::<domain::Call>(call.uuid()).is_none()
        {
            return Err(domain::Error::unknown("call_id", &CallId::to_string(&call)).into());
        }
        let rules = self.tickets.rules.load();
        let actor = work.principal().id.clone();
        let context = Context { rules: &rules, now: work.now(), actor: &actor };
        let mut new = self.new.clone();
        new.id = TicketId::from(work.new_id());
        new.number = work.number(NUMBER);
        let (ticket, events) = Ticket::create(&context, new)?;
        let ticket = save(work, ticket, events);
        if let Some(key) = key {
            work.claim(EXTERNAL_KEY, &key, ticket.head.id)?;
        }
        Ok(encode::answered(&ticket, &work.principal().scope, None))
    }
}
