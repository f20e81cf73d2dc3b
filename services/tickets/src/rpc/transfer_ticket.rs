//! TransferTicket: hands a ticket on to another department or person.

use kefu_api_tickets::v1::transfer_ticket_request::To;
use kefu_api_tickets::v1::{Ticket, TransferTicketRequest};
use kefu_kernel::{Call, Id, InvalidFields, id};
use kefu_runtime::directory::only_department;
use kefu_store::runner::Target;

use crate::Result;
use crate::domain::ids::TicketId;
use crate::domain::ticket::Recipient;
use crate::service::Tickets;

pub async fn run(tickets: &Tickets, call: Call, request: TransferTicketRequest) -> Result<Ticket> {
    let id: TicketId = id::read("ticket_id", &request.ticket_id)?;
    let recipient = match &request.to {
        Some(To::DepartmentId(text)) => {
            let department = id::read("department_id", text)?;
            tickets.directory.know_department("department_id", Some(department)).await?;
            Recipient::Department(department)
        }
        Some(To::PersonId(text)) => {
            let person = id::read("person_id", text)?;
            let facts = tickets.directory.know_person("person_id", Some(person)).await?;
            Recipient::Person { person, department: facts.as_ref().and_then(only_department) }
        }
        None => return Err(InvalidFields::one("to", "oneof.required", "is required").into()),
    };
    let target = Target::of(id.uuid()).etag(&request.etag);
    let reason = request.reason;
    tickets
        .change(call, target, move |ticket, context| ticket.transfer(context, recipient, &reason))
        .await
}
