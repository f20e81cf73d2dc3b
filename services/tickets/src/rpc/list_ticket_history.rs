//! ListTicketHistory: the ticket's events, each with what it changed.

use std::sync::Arc;

use kefu_api_common::v1::View;
use kefu_api_events::v1::TicketFacts;
use kefu_api_tickets::v1::{ListTicketHistoryRequest, ListTicketHistoryResponse};
use kefu_kernel::id;
use kefu_outbox::{HistoryRequest, history};
use kefu_rpc::CallContext;

use super::get_ticket;
use crate::Result;
use crate::domain::ids::TicketId;
use crate::service::Tickets;

pub async fn run(
    tickets: &Tickets,
    call: Arc<CallContext>,
    request: ListTicketHistoryRequest,
) -> Result<ListTicketHistoryResponse> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    get_ticket::seen(tickets, &call, id).await?;
    let asked = HistoryRequest {
        id,
        order_by: &request.order_by,
        page_size: request.page_size,
        page_token: &request.page_token,
        full: request.view() == View::Full,
    };
    let page =
        history::<TicketFacts, _>(&tickets.store, &tickets.pages, call.principal(), &asked).await?;
    Ok(ListTicketHistoryResponse { entries: page.entries, next_page_token: page.next_page_token })
}
