//! The links of tickets as a caller sees them: both ways, and only to tickets in its sight.

use std::collections::{BTreeMap, BTreeSet};

use kefu_api_common::wire;
use kefu_api_events::v1 as words;
use kefu_api_tickets::v1::{self, TicketLink};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Id, Scope, Timestamp};
use kefu_store::Reader;
use kefu_store::runner::ids_in;
use sea_orm::{EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::Result;
use crate::domain::Ticket;
use crate::domain::ids::TicketId;
use crate::domain::words::LinkKind;
use crate::rpc::encode;
use crate::store::resource::in_sight;
use crate::store::{link, ticket};

/// Tickets in full, with their links: two statements, whatever their number.
pub(crate) async fn full_tickets(
    reader: &Reader,
    scope: &Scope,
    tickets: &[Ticket],
) -> Result<Vec<v1::Ticket>> {
    let mut links: BTreeMap<Uuid, Vec<(Uuid, TicketLink)>> = BTreeMap::new();
    for ticket in tickets {
        let own = ticket.links.iter().map(|link| (link.other.uuid(), encode::link(link)));
        links.entry(ticket.head.id).or_default().extend(own);
    }
    if !links.is_empty() {
        let ids: Vec<Uuid> = links.keys().copied().collect();
        let back = link::Entity::find()
            .filter(ids_in(link::Column::OtherId, &ids))
            .order_by_asc(link::Column::CreatedAt)
            .order_by_asc(link::Column::TicketId);
        for row in back.all(reader).await? {
            if let Some(shown) = from_other(&row) {
                links.entry(row.other_id).or_default().push((row.ticket_id, shown));
            }
        }
    }
    let others: BTreeSet<Uuid> = links.values().flatten().map(|(other, _)| *other).collect();
    let seen = seen(reader, scope, others).await?;
    let shown = tickets.iter().map(|ticket| {
        let links = links.remove(&ticket.head.id).unwrap_or_default().into_iter();
        let links = links.filter(|(other, _)| seen.contains(other)).map(|(_, link)| link);
        v1::Ticket { links: links.collect(), ..encode::full_ticket(ticket) }
    });
    Ok(shown.collect())
}

/// Those of the tickets that the caller may see.
async fn seen(reader: &Reader, scope: &Scope, tickets: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
    if *scope == Scope::All || tickets.is_empty() {
        return Ok(tickets);
    }
    let ids: Vec<Uuid> = tickets.into_iter().collect();
    let found: Vec<Uuid> = ticket::Entity::find()
        .select_only()
        .column(ticket::Column::Id)
        .filter(ids_in(ticket::Column::Id, &ids))
        .filter(in_sight(scope))
        .into_tuple()
        .all(reader)
        .await?;
    Ok(found.into_iter().collect())
}

fn from_other(row: &link::Model) -> Option<TicketLink> {
    let created_at = Timestamp::from_millis(row.created_at);
    Some(TicketLink {
        kind: words::LinkKind::from(LinkKind::from_name(&row.kind)?).into(),
        other_ticket_id: TicketId::from(row.ticket_id).to_string(),
        from_other: true,
        created_at: Some(wire::timestamp(created_at)),
    })
}
