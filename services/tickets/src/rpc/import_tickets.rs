//! ImportTickets: takes rows from elsewhere, each judged by itself. A row whose source and id are known is
//! a duplicate and changes nothing.

use kefu_api_common::v1::{ItemOutcome, ItemViolation};
use kefu_api_common::{Validate, wire};
use kefu_api_tickets::v1::import_row::End as RowEnd;
use kefu_api_tickets::v1::{ImportResult, ImportRow, ImportTicketsRequest, ImportTicketsResponse};
use kefu_kernel::Call;
use kefu_store::runner::{Command, Needs, RunError, Work};

use super::create_ticket::{EXTERNAL_KEY, NUMBER, external_key};
use super::decode;
use crate::Error;
use crate::domain::ids::{MessageId, TicketId};
use crate::domain::ticket::{End, Imported, New};
use crate::domain::words::Channel;
use crate::domain::{self, Context, Ticket};
use crate::intake::{Prepared, Told, Unfit};
use crate::references::References;
use crate::service::{Done, Tickets, save};
use crate::store::message;

pub async fn run(
    tickets: &Tickets,
    call: Call,
    request: ImportTicketsRequest,
) -> Done<ImportTicketsResponse> {
    tickets.answer_once(call, |call| take(tickets, call, request)).await
}

async fn take(
    tickets: &Tickets,
    call: Call,
    request: ImportTicketsRequest,
) -> Done<ImportTicketsResponse> {
    let (validate_only, live) = (request.validate_only, request.live);
    let rows = request.rows.into_iter();
    let known = References::of(tickets, &call);
    let rows = rows.map(|row| prepare(tickets, &known, row, validate_only, live));
    let results = tickets.take(&call, rows).await?;
    let results = (0..).zip(results).map(|(row, result)| ImportResult { row, ..result });
    Ok(ImportTicketsResponse { results: results.collect() })
}

async fn prepare(
    tickets: &Tickets,
    known: &References<'_>,
    row: ImportRow,
    validate_only: bool,
    live: bool,
) -> Prepared<Import> {
    row.validate().map_err(Unfit::Form)?;
    let command = Import::of(tickets.clone(), row, validate_only, live)?;
    known.branch("branch_id", command.imported.new.branch).await?;
    known.department("department_id", command.imported.new.department).await?;
    known.person("assignee_id", command.imported.new.assignee).await?;
    Ok(command)
}

impl Told for ImportResult {
    fn rejected(reason: &str, violations: Vec<ItemViolation>) -> Self {
        let (outcome, reason) = (ItemOutcome::Rejected.into(), reason.to_owned());
        Self { outcome, reason, violations, ..Self::default() }
    }
}

struct Import {
    tickets: Tickets,
    imported: Imported,
    resolution_text: String,
    validate_only: bool,
}

impl Import {
    fn of(
        tickets: Tickets,
        row: ImportRow,
        validate_only: bool,
        live: bool,
    ) -> Result<Self, RunError<Error>> {
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
        let resolution_text = row.resolution_text.clone();
        let new = new(row).map_err(super::refused)?;
        let imported = Imported { new, created_at, due_at, end, reply: None, live };
        Ok(Self { tickets, imported, resolution_text, validate_only })
    }

    fn key(&self) -> String {
        let id = self.imported.new.external_id.as_deref().unwrap_or_default();
        external_key(&self.imported.new.source, id)
    }
}

fn new(row: ImportRow) -> Result<New, domain::Error> {
    Ok(New {
        // Both are issued when it is decided.
        id: TicketId::from(kefu_kernel::id::Uuid::nil()),
        number: 0,
        kind: row.r#type,
        channel: decode::channel(row.channel).unwrap_or(Channel::Other),
        source: row.source,
        external_id: Some(row.external_id),
        subject: row.subject,
        description: row.description,
        requester: decode::requester(row.requester),
        language: row.language,
        cause: row.cause,
        impact: decode::level(row.impact),
        urgency: decode::level(row.urgency),
        branch: decode::optional_id("branch_id", row.branch_id.as_ref())?,
        department: decode::optional_id("department_id", row.department_id.as_ref())?,
        assignee: decode::optional_id("assignee_id", row.assignee_id.as_ref())?,
        call: None,
        fields: decode::fields(row.fields),
    })
}

impl Command for Import {
    type Reply = ImportResult;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.key::<Ticket>(EXTERNAL_KEY, self.key());
        if !self.validate_only {
            needs.numbers(NUMBER, 1);
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<ImportResult, Error> {
        let key = self.key();
        if let Some(known) = work.key(EXTERNAL_KEY, &key) {
            // Of another branch's ticket no more is told than that the name is taken.
            let known = work.find::<Ticket>(known);
            return Ok(ImportResult {
                outcome: ItemOutcome::Duplicate.into(),
                ticket_id: known.map(|ticket| ticket.id().to_string()),
                ..ImportResult::default()
            });
        }
        let rules = self.tickets.rules.load();
        let actor = work.principal().id.clone();
        let context = Context { rules: &rules, now: work.now(), actor: &actor };
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
        let ticket = save(work, ticket, events);
        if let Some(reply) = reply {
            work.append(&message::Model::of(&reply));
        }
        work.claim(EXTERNAL_KEY, &key, ticket.head.id)?;
        Ok(accepted(Some(ticket.id().to_string())))
    }
}
