//! A ticket: one matter that a customer raised, from first contact to close.
//!
//! Its verbs are methods that take the ticket as it is and return it as it becomes, with the events of
//! the step: [`Decision`]. Three things hold from the first event to the last (the tests walk at
//! random and look): the category is the one of the state; a ticket that is solved, or closed after it,
//! has an assignee unless it was imported; and no clock runs on a closed ticket.

mod assign;
mod change;
mod clocks;
mod converse;
mod create;
mod facts;
mod import;
mod link;
mod transition;
mod update;

use kefu_kernel::field::Fields;
use kefu_kernel::{Head, NewEvent, Timestamp};

use super::error::Error;
use super::ids::{BranchId, CallId, DepartmentId, PersonId, TicketId};
use super::policies::{Matter, Subject};
use super::words::{Category, Channel, Level, LinkKind, Priority};

pub use self::assign::Recipient;
pub use self::clocks::TicketClock;
pub use self::converse::{FollowUp, Said};
pub use self::create::New;
pub use self::import::{End, Imported};
pub use self::transition::Move;
pub use self::update::{Patch, PatchFields};

/// What a verb comes to: the ticket as it becomes, and the events that tell of it, in order. No events:
/// nothing changed.
pub type Decision = Result<(Ticket, Vec<NewEvent>), Error>;

/// One matter that a customer raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Identity, version, branch; `created_at` is when the customer raised it.
    pub head: Head,
    /// The number that people read out; issued once.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// The code of its state within the type.
    pub state: String,
    /// The kind of that state.
    pub category: Category,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came: a line, a site, a platform, a system. A code, empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// What it is about, in one line. Personal data.
    pub subject: String,
    /// What the customer said. Personal data.
    pub description: String,
    /// What the caller gave of themselves. Personal data.
    pub requester: Requester,
    /// BCP 47 tag of the customer's language; empty where unknown.
    pub language: String,
    /// How much of the customer's business it touches.
    pub impact: Level,
    /// How soon it must be done.
    pub urgency: Level,
    /// Follows from impact and urgency.
    pub priority: Priority,
    /// The code of its cause; empty while unknown.
    pub cause: String,
    /// The department responsible.
    pub department: Option<DepartmentId>,
    /// Who works on it.
    pub assignee: Option<PersonId>,
    /// Who answers for it from first contact to close, whoever works on it.
    pub owner: Option<PersonId>,
    /// How often it was handed on.
    pub hand_offs: i32,
    /// Its spans from opening to solution, in order; never empty, the last is the present one.
    pub episodes: Vec<Episode>,
    /// Its deadlines, running and ended: of each episode the latest of each kind.
    pub clocks: Vec<TicketClock>,
    /// Links made on this ticket.
    pub links: Vec<Link>,
    /// The fields of its type. Texts among them are personal data.
    pub fields: Fields,
    /// The call that it was registered from.
    pub call: Option<CallId>,
    /// Imported as history: its clocks are reckoned and start nothing. Ends with a reopening.
    pub historic: bool,
    /// Who registered it: a principal's id.
    pub created_by: String,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// What a caller gave of themselves. All of it personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    /// Name as given.
    pub name: String,
    /// Telephone number in E.164.
    pub phone: String,
    /// E-mail address.
    pub email: String,
}

/// One span of a ticket from opening to solution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// From 1.
    pub number: i32,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it got its first public reply.
    pub first_replied_at: Option<Timestamp>,
    /// When it was solved.
    pub solved_at: Option<Timestamp>,
    /// The code of its result; empty while it is not solved or closed.
    pub resolution: String,
    /// The code of why it was reopened; empty for the first.
    pub reason: String,
    /// Whether a clock of it was breached; stays, even where it is met later or gets another target.
    pub breached: bool,
}

/// What another ticket is to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What the other is to this one.
    pub kind: LinkKind,
    /// The other.
    pub other: TicketId,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Ticket {
    /// Its id.
    pub fn id(&self) -> TicketId {
        TicketId::from(self.head.id)
    }

    /// The branch it belongs to.
    pub fn branch(&self) -> Option<BranchId> {
        self.head.branch.map(BranchId::from)
    }

    /// The present episode.
    pub fn episode(&self) -> &Episode {
        self.episodes.last().expect("a ticket has an episode from its creation on")
    }

    /// The earliest deadline of a clock that runs; none where none runs. History that came with a due time
    /// of its own is due then, whatever our policies would have said.
    pub fn due_at(&self) -> Option<Timestamp> {
        let running = || self.clocks.iter().filter(|clock| !clock.clock.is_over());
        let told = running().find(|clock| self.historic && clock.clock.is_imported());
        let told = told.and_then(|clock| clock.due_at);
        told.or_else(|| running().filter_map(|clock| clock.due_at).min())
    }

    /// Whether a clock of the present episode has been breached.
    pub fn is_breached(&self) -> bool {
        self.episode().breached
    }

    /// When a clock will next have something to tell, for a durable timer that then calls
    /// [`Ticket::fire_clocks`]. None while nothing can happen; always none for a historic ticket.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        if self.historic {
            return None;
        }
        self.clocks.iter().filter_map(|clock| clock.next).map(|rung| rung.at).min()
    }

    /// What clock policies are chosen by.
    fn matter(&self) -> Matter<'_> {
        Matter {
            of: Subject::Ticket,
            kind: &self.kind,
            channel: self.channel,
            priority: self.priority,
        }
    }

    fn present_episode(&mut self) -> &mut Episode {
        self.episodes.last_mut().expect("a ticket has an episode from its creation on")
    }
}
