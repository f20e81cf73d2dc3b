//! A trace: an inspection of goods that somebody asked for. An outlet or carrier looks and tells what it found
//! and proved, a specialist settles what is true, the asking agent gets the answer and tells the customer, each
//! on a clock.
//!
//! - `request.rs`: asking, assigning, sending.
//! - `evidence.rs`, `find.rs`: findings and proofs.
//! - `conclude.rs`: what is true, and the claim that it suggests.
//! - `answer.rs`: telling the agent, telling the customer, giving up.
//! - `erase.rs`: the end of what is personal in it.

mod answer;
mod change;
mod conclude;
mod erase;
mod evidence;
mod facts;
mod find;
mod request;
pub mod words;

#[cfg(test)]
mod tests;

use kefu_kernel::clock::{self, Deadline};
use kefu_kernel::{Head, NewEvent, Timestamp};

use self::words::{TraceKind, TraceOutcome, TraceState};
use crate::domain::Error;
use crate::domain::clocks::ClockKind;
use crate::domain::ids::{
    BranchId, ClaimId, CustomerId, OrderId, PersonId, PieceId, ShipmentId, TicketId, TraceId,
};
use crate::domain::words::{Channel, ResponsibleParty};

pub use self::conclude::Conclude;
pub use self::evidence::{Addressee, Count, EvidenceFile, Finding, Proof, Signature};
pub use self::find::NewFinding;
pub use self::request::New;

/// What a verb comes to: the trace as it becomes, and the events that tell of it, in order. No events: nothing
/// changed.
pub type Decision = Result<(Trace, Vec<NewEvent>), Error>;

/// An inspection of goods that somebody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Identity, version, branch.
    pub head: Head,
    /// The number that people read out; issued once.
    pub number: i64,
    /// What it looks for.
    pub kind: TraceKind,
    /// How it stands.
    pub state: TraceState,
    /// Why it was asked for. A code.
    pub reason: String,
    /// Whose goods they are.
    pub customer: Option<CustomerId>,
    /// The order.
    pub order: Option<OrderId>,
    /// The shipment.
    pub shipment: ShipmentId,
    /// The pieces that are meant; none: all.
    pub pieces: Vec<PieceId>,
    /// The ticket that it belongs to.
    pub ticket: Option<TicketId>,
    /// The claim that was prepared from it.
    pub claim: Option<ClaimId>,
    /// Who has to look; none before it was sent.
    pub addressee: Option<Addressee>,
    /// Who asked and waits for the answer: a principal's id.
    pub asked_by: String,
    /// The specialist who works on it.
    pub assignee: Option<PersonId>,
    /// What is to be found out. Personal data.
    pub question: String,
    /// What was found, in order.
    pub findings: Vec<Finding>,
    /// What proves it, in order.
    pub proofs: Vec<Proof>,
    /// What is true, and why.
    pub conclusion: Option<Conclusion>,
    /// What the asking agent was told. Personal data.
    pub answer: String,
    /// How the customer was told.
    pub told: Option<ToldBy>,
    /// The code of why it was cancelled; empty where it was not.
    pub cancel_reason: String,
    /// Its clocks.
    pub clocks: Vec<Deadline<ClockKind>>,
    /// When it was concluded.
    pub concluded_at: Option<Timestamp>,
    /// When the asking agent had the answer.
    pub answered_at: Option<Timestamp>,
    /// When it was closed or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// What is true, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// What is true.
    pub outcome: TraceOutcome,
    /// Who has to answer for it.
    pub responsible: Option<ResponsibleParty>,
    /// The department or carrier that has to.
    pub responsible_unit: Option<Addressee>,
    /// How it came to that. A code; empty: not known.
    pub cause: String,
    /// How many units are missing.
    pub short: i64,
    /// How many units are damaged.
    pub damaged: i64,
    /// Why that is true, in words. Personal data.
    pub grounds: String,
    /// Whether a claim is to be prepared from it.
    pub prepares_claim: bool,
    /// Who concluded: a principal's id.
    pub by: String,
}

/// How a customer was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldBy {
    /// By which way.
    pub channel: Channel,
    /// When.
    pub told_at: Timestamp,
    /// What they said to it. Personal data.
    pub note: String,
    /// Who told them: a principal's id.
    pub by: String,
}

impl Trace {
    /// Its id.
    pub fn id(&self) -> TraceId {
        TraceId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// When a clock will next have something to tell, for a durable timer that then calls
    /// [`Trace::fire_clocks`].
    pub fn wakes_at(&self) -> Option<Timestamp> {
        clock::wakes_at(&self.clocks)
    }

    /// That its state does not allow this.
    fn refuses(&self) -> Error {
        Error::TraceStateRefuses { trace: self.id(), state: self.state.name() }
    }
}
