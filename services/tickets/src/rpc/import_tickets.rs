//! ImportTickets: takes rows from elsewhere, each judged by itself. A row whose source and id are known is
//! a duplicate and changes nothing.

use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, field, wire};
use kefu_api_tickets::v1::import_row::End as RowEnd;
use kefu_api_tickets::v1::{ImportResult, ImportRow, ImportTicketsRequest, ImportTicketsResponse};
use kefu_kernel::{Call, InvalidFields, id};
use kefu_runtime::directory::References;
use kefu_runtime::intake;
use kefu_store::runner::{Command, ExternalKey, Needs, Work};

use super::create_ticket::{EXTERNAL_KEY, NUMBER};
use super::decode;
use crate::domain::Ticket;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::ticket::{End, Imported, New};
use crate::domain::words::Channel;
use crate::service::Tickets;
use crate::store::message;
use crate::{Error, Result};

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: ImportTicketsRequest,
) -> Result<ImportTicketsResponse> {
    intake::answer_once(&tickets.runner, call, |call| take(tickets, call, request)).await
}

async fn take(
    tickets: &Tickets,
    call: Call,
    request: ImportTicketsRequest,
) -> Result<ImportTicketsResponse> {
    let (validate_only, live) = (request.validate_only, request.live);
    let rows = request.rows.into_iter();
    let known = tickets.directory.references(&call.principal.scope);
    let rows = rows.map(|row| prepare(tickets, &known, row, validate_only, live));
    let results = intake::take(&tickets.runner, &call, rows, rejected).await?;
    let results = (0..).zip(results).map(|(row, result)| ImportResult { row, ..result });
    Ok(ImportTicketsResponse { results: results.collect() })
}

async fn prepare(
    tickets: &Tickets,
    known: &References<'_>,
    row: ImportRow,
    validate_only: bool,
    live: bool,
) -> Result<Import> {
    row.validate().map_err(InvalidFields)?;
    let command = Import::of(tickets.clone(), row, validate_only, live)?;
    known.branch("branch_id", command.imported.new.branch).await?;
    known.department("department_id", command.imported.new.department).await?;
    known.person("assignee_id", command.imported.new.assignee).await?;
    Ok(command)
}

fn rejected(reason: &str, violations: Vec<ItemViolation>) -> ImportResult {
    let (outcome, reason) = (ItemOutcome::Rejected.into(), reason.to_owned());
    ImportResult { outcome, reason, violations, ..ImportResult::default() }
}

struct Import {
    tickets: Tickets,
    key: ExternalKey,
    imported: Imported,
    resolution_text: String,
    validate_only: bool,
}

impl Import {
    fn of(tickets: Tickets, row: ImportRow, validate_only: bool, live: bool) -> Result<Self> {
        let created_at = row.created_at.as_ref().map(wire::instant).unwrap_or_default();
        let due_at = row.due_at.as_ref().map(wire::instant);
        let end = match &row.end {
            None => End::Initial,
            Some(RowEnd::State(state)) => End::State(state.clone()),
            Some(RowEnd::Solved(solved)) => End::Solved {
                at: solved.solved_at.as_ref().map(wire::instant).unwrap_or_default(),
                closed: solved.closed,
                resolution: solved.resolution.clone(),
            },
        };
        let key = ExternalKey::of(EXTERNAL_KEY, &row.source, Some(&row.external_id))?;
        let resolution_text = row.resolution_text.clone();
        let new = new(row)?;
        let imported = Imported { new, created_at, due_at, end, reply: None, live };
        Ok(Self { tickets, key, imported, resolution_text, validate_only })
    }
}

fn new(row: ImportRow) -> Result<New> {
    Ok(New {
        // Both are issued when it is decided.
        id: TicketId::from(id::Uuid::nil()),
        number: 0,
        kind: row.r#type,
        channel: Channel::from_wire(row.channel).unwrap_or(Channel::Other),
        source: row.source,
        external_id: Some(row.external_id),
        subject: row.subject,
        description: row.description,
        requester: decode::requester(row.requester),
        language: row.language,
        cause: row.cause,
        impact: decode::level(row.impact),
        urgency: decode::level(row.urgency),
        branch: id::read_optional("branch_id", row.branch_id.as_deref())?,
        department: id::read_optional("department_id", row.department_id.as_deref())?,
        assignee: id::read_optional("assignee_id", row.assignee_id.as_deref())?,
        call: None,
        fields: field::read_all(row.fields),
    })
}

impl Command for Import {
    type Reply = ImportResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        self.key.need::<Ticket>(needs);
        if !self.validate_only {
            needs.numbers(NUMBER, 1);
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ImportResult> {
        if let Some(known) = self.key.bearer::<Ticket>(work) {
            // Of another branch's ticket no more is told than that the name is taken.
            return Ok(ImportResult {
                outcome: ItemOutcome::Duplicate.into(),
                ticket_id: known.map(|ticket| ticket.id().to_string()),
                ..ImportResult::default()
            });
        }
        let context = self.tickets.context(work);
        let mut imported = self.imported.clone();
        imported.new.id = TicketId::from(work.new_id());
        imported.reply = (!self.resolution_text.is_empty())
            .then(|| (MessageId::from(work.new_id()), self.resolution_text.clone()));
        let accepted = |ticket_id| ImportResult {
            outcome: ItemOutcome::Accepted.into(),
            ticket_id,
            ..ImportResult::default()
        };
        if self.validate_only {
            Ticket::import(&context, imported)?;
            return Ok(accepted(None));
        }
        imported.new.number = work.number(NUMBER);
        let live = imported.live;
        let (ticket, events, reply) = Ticket::import(&context, imported)?;
        if !live {
            work.historic();
        }
        let ticket = work.save(ticket, events);
        if let Some(reply) = reply {
            work.append(&message::Model::of(&reply));
        }
        self.key.claim(work, ticket.head.id)?;
        Ok(accepted(Some(ticket.id().to_string())))
    }
}
