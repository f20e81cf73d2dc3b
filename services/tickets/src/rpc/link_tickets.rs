//! LinkTickets: says what another ticket is to this one. A chain of parents never leads in a circle.
//!
//! The chain above the other ticket is read first, by one statement, and loaded with the command: so the
//! rule walks it as it is when it decides, and the runner sees to it that it still is so when it commits. A
//! chain that has changed between the two is read anew.

use kefu_api_tickets::v1::{self, LinkTicketsRequest};
use kefu_kernel::{Call, Id, id};
use kefu_store::runner::{Command, Needs, RunnerError, Work};

use super::{decode, encode};
use crate::domain::ids::TicketId;
use crate::domain::words::LinkKind;
use crate::domain::{self, Ticket};
use crate::service::Tickets;
use crate::store::link;
use crate::{Error, Result};

/// How long a chain of parents may be.
const MOST_PARENTS: usize = 100;
/// How often it is read, where it keeps changing.
const ATTEMPTS: usize = 4;

pub async fn run(tickets: &Tickets, call: Call, request: LinkTicketsRequest) -> Result<v1::Ticket> {
    let ticket = id::read("ticket_id", &request.ticket_id)?;
    let other: TicketId = id::read("other_ticket_id", &request.other_ticket_id)?;
    let kind = decode::link_kind(request.kind)?;
    for _ in 0..ATTEMPTS {
        let above = match kind {
            LinkKind::Parent => link::above(tickets.store.reader(), other, MOST_PARENTS + 1).await,
            _ => Ok(Vec::new()),
        };
        let (tickets, etag) = (tickets.clone(), request.etag.clone());
        let above = above?;
        let runner = tickets.runner.clone();
        let link = Link { tickets, ticket, etag, kind, other, above };
        match runner.run(call.clone(), link).await.map_err(Error::from) {
            Err(error) if is_contended(&error) => {}
            done => return Ok(done?.reply),
        }
    }
    Err(RunnerError::Contended.into())
}

/// Others were changing the same thing: the chain of parents has changed since it was read.
fn is_contended(error: &Error) -> bool {
    matches!(error.find(), Some(RunnerError::Contended))
}

struct Link {
    tickets: Tickets,
    ticket: TicketId,
    etag: String,
    kind: LinkKind,
    other: TicketId,
    /// The chain above `other` as it was read, nearest first.
    above: Vec<TicketId>,
}

impl Link {
    /// The chain above `other` as it is now. It may lead through tickets that the caller cannot see.
    fn parents(&self, work: &Work<'_>, other: &Ticket) -> Result<Vec<TicketId>> {
        let mut above: Vec<TicketId> = Vec::new();
        let mut next = parent(other);
        while let Some(id) = next.filter(|id| !above.contains(id)) {
            above.push(id);
            if id == self.ticket {
                break;
            }
            let read = self.above.contains(&id);
            let found = read.then(|| work.find_anywhere::<Ticket>(id.uuid())).flatten();
            next = parent(found.ok_or(RunnerError::Contended)?.as_ref());
        }
        Ok(above)
    }
}

fn parent(ticket: &Ticket) -> Option<TicketId> {
    ticket.links.iter().find(|link| link.kind == LinkKind::Parent).map(|link| link.other)
}

impl Command for Link {
    type Reply = v1::Ticket;
    type Error = Error;

    fn needs(&self, needs: &mut Needs) {
        needs.load::<Ticket>(self.ticket.uuid()).etag(&self.etag);
        needs.load::<Ticket>(self.other.uuid());
        for above in &self.above {
            needs.load::<Ticket>(above.uuid());
        }
    }

    fn decide(&self, work: &mut Work<'_>) -> Result<v1::Ticket> {
        let ticket = work.get::<Ticket>(self.ticket.uuid())?;
        let other = work.get::<Ticket>(self.other.uuid())?;
        if self.above.len() > MOST_PARENTS {
            let why = "the other has more than 100 parents above it";
            return Err(domain::Error::LinkNotAllowed { why }.into());
        }
        let above = match self.kind {
            LinkKind::Parent => self.parents(work, &other)?,
            _ => Vec::new(),
        };
        let context = self.tickets.context(work);
        let (after, events) = ticket.link(&context, self.kind, &other, &above)?;
        let after = work.save(after, events);
        Ok(encode::answered(&after, &work.principal().scope, Some(self.other)))
    }
}
