//! TransferTicket: hands a ticket on to another department or person.

use kefu_api_tickets::v1::transfer_ticket_request::To;
use kefu_api_tickets::v1::{Ticket, TransferTicketRequest};
use kefu_kernel::{Call, Id};
use kefu_store::runner::Target;

use super::decode;
use crate::domain::Error;
use crate::domain::ids::TicketId;
use crate::domain::ticket::Recipient;
use crate::service::{Done, Tickets};

pub async fn run(tickets: &Tickets, call: Call, request: TransferTicketRequest) -> Done<Ticket> {
    let id: TicketId = decode::id("ticket_id", &request.ticket_id).map_err(super::refused)?;
    let recipient = match &request.to {
        Some(To::DepartmentId(text)) => {
            let department = decode::id("department_id", text).map_err(super::refused)?;
            tickets.know_department("department_id", Some(department)).await?;
            Recipient::Department(department)
        }
        Some(To::PersonId(text)) => {
            let person = decode::id("person_id", text).map_err(super::refused)?;
            let department = tickets.know_person("person_id", Some(person)).await?;
            Recipient::Person { person, department }
        }
        None => return Err(super::refused(Error::invalid("to", "oneof.required", "is required"))),
    };
    let target = Target::of(id.uuid()).etag(&request.etag);
    let reason = request.reason;
    tickets
        .change(call, target, move |ticket, context| ticket.transfer(context, recipient, &reason))
        .await
}
