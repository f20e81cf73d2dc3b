//! The service's trait: each RPC delegates to the file of its name.

use std::future::ready;

use kefu_api_tickets::v1::tickets_service_server::TicketsService;
use kefu_api_tickets::v1::*;
use kefu_rpc::{Answer, Replies, command, query, watch};
use tonic::Request;

use super::*;
use crate::Error;
use crate::service::Tickets;

#[tonic::async_trait]
impl TicketsService for Tickets {
    async fn create_ticket(&self, request: Request<CreateTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| create_ticket::run(self, call, message)).await
    }

    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Answer<Ticket> {
        query(request, |call, message| get_ticket::run(self, call, message)).await
    }

    async fn list_tickets(
        &self,
        request: Request<ListTicketsRequest>,
    ) -> Answer<ListTicketsResponse> {
        query(request, |call, message| list_tickets::run(self, call, message)).await
    }

    async fn update_ticket(&self, request: Request<UpdateTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| update_ticket::run(self, call, message)).await
    }

    async fn assign_ticket(&self, request: Request<AssignTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| assign_ticket::run(self, call, message)).await
    }

    async fn transfer_ticket(&self, request: Request<TransferTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| transfer_ticket::run(self, call, message)).await
    }

    async fn transition_ticket(&self, request: Request<TransitionTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| transition_ticket::run(self, call, message)).await
    }

    async fn reopen_ticket(&self, request: Request<ReopenTicketRequest>) -> Answer<Ticket> {
        command(request, |call, message| reopen_ticket::run(self, call, message)).await
    }

    async fn link_tickets(&self, request: Request<LinkTicketsRequest>) -> Answer<Ticket> {
        command(request, |call, message| link_tickets::run(self, call, message)).await
    }

    async fn unlink_tickets(&self, request: Request<UnlinkTicketsRequest>) -> Answer<Ticket> {
        command(request, |call, message| unlink_tickets::run(self, call, message)).await
    }

    async fn reply_to_ticket(&self, request: Request<ReplyToTicketRequest>) -> Answer<Message> {
        command(request, |call, message| reply_to_ticket::run(self, call, message)).await
    }

    async fn add_ticket_note(&self, request: Request<AddTicketNoteRequest>) -> Answer<Message> {
        command(request, |call, message| add_ticket_note::run(self, call, message)).await
    }

    async fn record_customer_message(
        &self,
        request: Request<RecordCustomerMessageRequest>,
    ) -> Answer<RecordCustomerMessageResponse> {
        command(request, |call, message| record_customer_message::run(self, call, message)).await
    }

    async fn list_ticket_messages(
        &self,
        request: Request<ListTicketMessagesRequest>,
    ) -> Answer<ListTicketMessagesResponse> {
        query(request, |call, message| list_ticket_messages::run(self, call, message)).await
    }

    async fn list_ticket_history(
        &self,
        request: Request<ListTicketHistoryRequest>,
    ) -> Answer<ListTicketHistoryResponse> {
        query(request, |call, message| list_ticket_history::run(self, call, message)).await
    }

    async fn get_ticket_view_counts(
        &self,
        request: Request<GetTicketViewCountsRequest>,
    ) -> Answer<TicketViewCounts> {
        query(request, |call, message| get_ticket_view_counts::run(self, call, message)).await
    }

    async fn explain_ticket_clocks(
        &self,
        request: Request<ExplainTicketClocksRequest>,
    ) -> Answer<ExplainTicketClocksResponse> {
        query(request, |call, message| explain_ticket_clocks::run(self, call, message)).await
    }

    async fn import_tickets(
        &self,
        request: Request<ImportTicketsRequest>,
    ) -> Answer<ImportTicketsResponse> {
        command(request, |call, message| import_tickets::run(self, call, message)).await
    }

    async fn list_ticket_types(
        &self,
        request: Request<ListTicketTypesRequest>,
    ) -> Answer<ListTicketTypesResponse> {
        query(request, |_, _| ready(Ok::<_, Error>(list_ticket_types::run(self)))).await
    }

    async fn list_ticket_views(
        &self,
        request: Request<ListTicketViewsRequest>,
    ) -> Answer<ListTicketViewsResponse> {
        query(request, |_, _| ready(Ok::<_, Error>(list_ticket_views::run()))).await
    }

    type WatchTicketsStream = Replies<WatchTicketsResponse>;

    async fn watch_tickets(
        &self,
        request: Request<WatchTicketsRequest>,
    ) -> Answer<Self::WatchTicketsStream> {
        watch(request, |call, message| watch_tickets::run(self, call, message)).await
    }
}
