//! The RPCs of tickets; each has a file of its name.

mod add_ticket_note;
mod assign_ticket;
mod calls_service;
pub(crate) mod create_ticket;
mod decode;
pub(crate) mod encode;
mod explain_ticket_clocks;
mod get_call;
mod get_ticket;
mod get_ticket_view_counts;
mod import_tickets;
mod link_tickets;
mod list_calls;
mod list_ticket_history;
mod list_ticket_messages;
mod list_ticket_types;
mod list_ticket_views;
mod list_tickets;
mod record_call_events;
mod record_customer_message;
mod reopen_ticket;
mod reply_to_ticket;
mod tickets_service;
mod transfer_ticket;
mod transition_ticket;
mod unlink_tickets;
mod update_ticket;
mod watch_tickets;

use kefu_store::runner::RunError;

use crate::Error;

/// A refusal before the runner was asked.
pub(crate) fn refused(error: impl Into<Error>) -> RunError<Error> {
    RunError::Refused(error.into())
}
