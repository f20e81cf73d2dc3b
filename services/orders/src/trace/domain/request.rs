//! Asking for a trace, giving it to a specialist, and asking an outlet or carrier to look.

use kefu_api_events::v1 as events;
use kefu_kernel::{Head, Id};

use super::change::Change;
use super::words::{TraceKind, TraceState};
use super::{Addressee, Decision, Trace};
use crate::domain::clocks::ClockKind;
use crate::domain::ids::{
    BranchId, CustomerId, OrderId, PersonId, PieceId, ShipmentId, TicketId, TraceId,
};
use crate::domain::{Clocks, Context, Error};

/// What is to be found out.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id.
    pub id: TraceId,
    /// The number that people read out.
    pub number: i64,
    /// What it looks for.
    pub kind: TraceKind,
    /// The shipment.
    pub shipment: ShipmentId,
    /// The shipment's order, customer and branch.
    pub order: Option<OrderId>,
    /// Whose goods they are.
    pub customer: Option<CustomerId>,
    /// The branch it belongs to.
    pub branch: Option<BranchId>,
    /// The pieces that are meant, all of the shipment; none: all.
    pub pieces: Vec<PieceId>,
    /// The ticket that it belongs to.
    pub ticket: Option<TicketId>,
    /// Why it is asked for. A code.
    pub reason: String,
    /// What is to be found out. Personal data.
    pub question: String,
    /// Who has to look; none: settled later.
    pub addressee: Option<Addressee>,
    /// Who waits for the answer; empty: the caller.
    pub asked_by: String,
}

impl Trace {
    /// Asks for a trace. The clock of its answer starts.
    ///
    /// # Errors
    ///
    /// Where the calendar of that clock is not known here yet.
    pub fn request(context: &Context<'_>, clocks: &Clocks<'_>, new: New) -> Decision {
        let asked_by =
            if new.asked_by.is_empty() { context.actor.to_owned() } else { new.asked_by };
        let trace = Self {
            head: Head::new(new.id.uuid(), new.branch.map(Id::uuid), context.now),
            number: new.number,
            kind: new.kind,
            state: TraceState::Requested,
            reason: new.reason,
            customer: new.customer,
            order: new.order,
            shipment: new.shipment,
            pieces: new.pieces,
            ticket: new.ticket,
            claim: None,
            addressee: None,
            asked_by,
            assignee: None,
            question: new.question,
            findings: Vec::new(),
            proofs: Vec::new(),
            conclusion: None,
            answer: String::new(),
            told: None,
            cancel_reason: String::new(),
            clocks: Vec::new(),
            concluded_at: None,
            answered_at: None,
            ended_at: None,
        };
        let number = trace.number;
        let mut change = Change::new(trace, context, clocks);
        change.start(ClockKind::TraceAnswer)?;
        change.tell(events::TraceRequested { number, ..Default::default() });
        if let Some(addressee) = new.addressee {
            change.send(addressee);
        }
        change.done()
    }

    /// Gives it to a specialist, or takes it off.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`], [`Error::AlreadyAssigned`].
    pub fn assign(
        &self,
        context: &Context<'_>,
        clocks: &Clocks<'_>,
        assignee: Option<PersonId>,
    ) -> Decision {
        let states = [TraceState::Requested, TraceState::Sent, TraceState::Found];
        let mut change = Change::within(self, context, clocks, &states)?;
        if assignee == self.assignee {
            return Err(Error::AlreadyAssigned);
        }
        change.trace.assignee = assignee;
        change.tell(events::TraceAssigned::default());
        change.done()
    }

    /// Asks an outlet or carrier to look; again, where another one has to. What was found stays.
    ///
    /// # Errors
    ///
    /// [`Error::TraceStateRefuses`].
    pub fn send(&self, context: &Context<'_>, clocks: &Clocks<'_>, to: Addressee) -> Decision {
        let states = [TraceState::Requested, TraceState::Sent, TraceState::Found];
        let mut change = Change::within(self, context, clocks, &states)?;
        change.send(to);
        change.done()
    }
}

impl Change<'_> {
    fn send(&mut self, to: Addressee) {
        let again = self.trace.addressee.replace(to).is_some();
        if self.trace.state == TraceState::Requested {
            self.trace.state = TraceState::Sent;
        }
        self.tell(events::TraceSent { again, ..Default::default() });
    }
}
