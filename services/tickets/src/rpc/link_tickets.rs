//! LinkTickets: says what another ticket is to this one. A chain of parents never leads in a circle.

use kefu_api_tickets::v1::{self, LinkTicketsRequest};
use kefu_kernel::{Call, Id};
use kefu_store::runner::{Command, Needs, Work};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{decode, encode};
use crate::Error;
use crate::domain::ids::TicketId;
use crate::domain::words::LinkKind;
use crate::domain::{Context, Ticket};
use crate::service::{Done, Tickets, save};
use crate::store::link;

/// How far a chain of parents is followed.
const MOST_PARENTS: usize = 100;

pub async fn run(tickets: &Tickets, call: Call, request: LinkTicketsRequest) -> Done<v1::Ticket> {
    let other = decode::id("other_ticket_id", &request.other_ticket_id).map_err(super::refused)?;
    let kind = decode::link_kind(request.kind).map_err(super::refused)?;
    let above = match kind {
        LinkKind::Parent => parents(tickets, other).await.map_err(super::refused)?,
        _ => Vec::new(),
    };
    let command = Link {
        tickets: tickets.clone(),
        ticket: decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?,
        etag: request.etag,
        kind,
        other,
        above,
    };
    Ok(tickets.runner.run(call, command).await?.reply)
}

/// The parents above a ticket, nearest first: one short look each.
async fn parents(tickets: &Tickets, of: TicketId) -> Result<Vec<TicketId>, Error> {
    let mut above: Vec<TicketId> = Vec::new();
    let mut next = of;
    while above.len() < MOST_PARENTS {
        let found = link::Entity::find()
            .filter(link::Column::TicketId.eq(next.uuid()))
            .filter(link::Column::Kind.eq(LinkKind::Parent.name()))
            .one(tickets.store.reader())
            .await?;
        let Some(row) = found else { break };
        next = TicketId::from(row.other_id);
        if above.contains(&next) {
            break;
        }
        above.push(next);
    }
    Ok(above)
}

struct Link {
    tickets: Tickets,
    ticket: TicketId,
    etag: String,
    kind: LinkKind,
    other: TicketId,
    above: Vec<TicketId>,
}

impl Command for Link {
    type Reply = v1::Ticket;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.load::<Ticket>(self.ticket.uuid()).etag(&self.etag);
        needs.load::<Ticket>(self.other.uuid());
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<v1::Ticket, Error> {
        let ticket = work.get::<Ticket>(self.ticket.uuid())?;
        let other = work.get::<Ticket>(self.other.uuid())?;
        let rules = self.tickets.rules.load();
        let actor = work.principal().id.clone();
        let context = Context { rules: &rules, now: work.now(), actor: &actor };
        let (after, events) = ticket.link(&context, self.kind, &other, &self.above)?;
        Ok(encode::full_ticket(&save(work, after, events)))
    }
}
