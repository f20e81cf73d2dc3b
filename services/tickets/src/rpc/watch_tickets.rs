//! WatchTickets: a snapshot, then changes; resumable from any cursor that was sent.

use std::sync::Arc;

use futures::{Stream, TryStreamExt};
use kefu_api_common::wire;
use kefu_api_tickets::v1::watch_tickets_response::Item;
use kefu_api_tickets::v1::{
    Heartbeat, SnapshotEnd, TicketChange, TicketGone, WatchTicketsRequest, WatchTicketsResponse,
};
use kefu_kernel::id;
use kefu_outbox::watching::{Told, What};
use kefu_rpc::CallContext;
use kefu_store::page::ListRequest;

use super::encode;
use crate::service::Tickets;
use crate::store::resource::resource;
use crate::store::ticket;
use crate::{Error, Result, views};

/// Tickets of a snapshot where the caller does not say.
const SNAPSHOT: i32 = 100;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: WatchTicketsRequest,
) -> Result<impl Stream<Item = Result<WatchTicketsResponse>> + Send + 'static> {
    let resource = resource(tickets.rules.types());
    let constants = views::constants(tickets, &call);
    let list = tickets.pages.list(
        &resource,
        &ListRequest {
            filter: &request.filter,
            constants: &constants,
            page_size: if request.snapshot_limit == 0 { SNAPSHOT } else { request.snapshot_limit },
            beside: views::filter(&resource, &request.saved_view, &constants)?,
            ..ListRequest::default()
        },
    )?;
    let told = tickets.feed.watch(&call.principal().scope, &list, &request.cursor).await?;
    Ok(told.map_ok(response).map_err(Error::from))
}

fn response(told: Told<ticket::Model>) -> WatchTicketsResponse {
    let item = match told.what {
        What::Snapshot(row) => Item::Snapshot(encode::basic_row(&row)),
        What::SnapshotEnd { count, truncated } => {
            Item::SnapshotEnd(SnapshotEnd { tickets: count, truncated })
        }
        What::Change { row, types } => {
            Item::Change(TicketChange { ticket: Some(encode::basic_row(&row)), types })
        }
        What::Gone(id) => Item::Gone(TicketGone { ticket_id: id::encode("ticket", id) }),
        What::Heartbeat(at) => Item::Heartbeat(Heartbeat { sent_at: Some(wire::timestamp(at)) }),
    };
    WatchTicketsResponse { cursor: told.cursor, item: Some(item) }
}
