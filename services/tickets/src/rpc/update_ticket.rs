//! UpdateTicket: changes fields; conflicts only where one of them changed since the caller's etag.

use std::collections::BTreeMap;

use kefu_api_common::{Paths, Update, field};
use kefu_api_tickets::v1::{Ticket, TicketPatch, UpdateTicketRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::Target;

use super::decode;
use crate::Result;
use crate::domain::ids::{BranchId, TicketId};
use crate::domain::ticket::{Patch, PatchFields};
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: UpdateTicketRequest) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let paths = request.paths();
    let patch = patch(&paths, request.ticket.unwrap_or_default())?;
    if let Some(branch) = patch.branch {
        tickets.directory.know_branch(&call.principal.scope, "ticket.branch_id", branch).await?;
    }
    let target = Target::of(id.uuid()).etag_for(&request.etag, paths.iter());
    tickets.change(call, target, move |ticket, context| ticket.update(context, patch.clone())).await
}

fn patch(paths: &Paths, given: TicketPatch) -> Result<Patch> {
    let text = |field: &str, value: String| paths.has(field).then_some(value);
    let branch: Option<BranchId> =
        id::read_optional("ticket.branch_id", given.branch_id.as_deref())?;
    let mut values = given.fields;
    let fields = if paths.has("fields") {
        PatchFields::Replace(field::read_all(values))
    } else {
        let named: BTreeMap<_, _> = paths
            .keys("fields")
            .map(|code| (code.to_owned(), values.remove(code).and_then(field::read)))
            .collect();
        if named.is_empty() { PatchFields::Keep } else { PatchFields::Set(named) }
    };
    Ok(Patch {
        subject: text("subject", given.subject),
        description: text("description", given.description),
        requester: paths.has("requester").then(|| decode::requester(given.requester)),
        language: text("language", given.language),
        cause: text("cause", given.cause),
        impact: paths.has("impact").then(|| decode::level(given.impact)),
        urgency: paths.has("urgency").then(|| decode::level(given.urgency)),
        source: text("source", given.source),
        branch: paths.has("branch_id").then_some(branch),
        fields,
    })
}
