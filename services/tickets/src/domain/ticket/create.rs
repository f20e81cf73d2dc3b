//! Registering a ticket.

use kefu_api_events::v1 as events;
use kefu_kernel::field::Fields;
use kefu_kernel::{Head, Id, Timestamp};

use crate::domain::error::Error;
use crate::domain::ids::{BranchId, CallId, DepartmentId, PersonId, TicketId};
use crate::domain::rules::Context;
use crate::domain::types::State;
use crate::domain::words::{Category, Channel, ClockKind, Level, Priority};

use super::change::Change;
use super::{Decision, Episode, Requester, Ticket};

/// What is known of a new ticket.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id, made for it.
    pub id: TicketId,
    /// Its number, issued for it.
    pub number: i64,
    /// The code of its type.
    pub kind: String,
    /// By which way it came.
    pub channel: Channel,
    /// From where it came; empty where unknown.
    pub source: String,
    /// Its id in that source.
    pub external_id: Option<String>,
    /// What it is about.
    pub subject: String,
    /// What the customer said.
    pub description: String,
    /// What the caller gave of themselves.
    pub requester: Requester,
    /// The customer's language; empty where unknown.
    pub language: String,
    /// The code of its cause; empty where unknown.
    pub cause: String,
    /// How much it touches.
    pub impact: Level,
    /// How soon it must be done.
    pub urgency: Level,
    /// The branch it belongs to.
    pub branch: Option<BranchId>,
    /// The department responsible.
    pub department: Option<DepartmentId>,
    /// Who works on it; also becomes its owner.
    pub assignee: Option<PersonId>,
    /// The call that it is registered from.
    pub call: Option<CallId>,
    /// The fields of its type.
    pub fields: Fields,
}

/// The clocks that may begin with a ticket.
pub(super) const FIRST_CLOCKS: [ClockKind; 4] =
    [ClockKind::FirstAnswer, ClockKind::FirstResponse, ClockKind::Resolution, ClockKind::Legal];

impl Ticket {
    /// Registers a ticket; its clocks start. One that somebody works on from the first is open at once.
    pub fn create(context: &Context<'_>, new: New) -> Decision {
        Change::register(context, new)?.done()
    }

    /// A ticket without clocks, in this state, raised at this moment.
    pub(super) fn blank(
        context: &Context<'_>,
        new: New,
        state: &State,
        created_at: Timestamp,
    ) -> Self {
        let episode = Episode {
            number: 1,
            opened_at: created_at,
            first_replied_at: None,
            solved_at: None,
            resolution: String::new(),
            reason: String::new(),
            breached: false,
        };
        Self {
            head: Head::new(new.id.uuid(), new.branch.map(Id::uuid), created_at),
            number: new.number,
            kind: new.kind,
            state: state.code.clone(),
            category: state.category,
            channel: new.channel,
            source: new.source,
            external_id: new.external_id,
            subject: new.subject,
            description: new.description,
            requester: new.requester,
            language: new.language,
            impact: new.impact,
            urgency: new.urgency,
            priority: Priority::of(new.impact, new.urgency),
            cause: new.cause,
            department: new.department,
            assignee: new.assignee,
            owner: new.assignee,
            hand_offs: 0,
            episodes: vec![episode],
            clocks: Vec::new(),
            links: Vec::new(),
            fields: new.fields,
            call: new.call,
            historic: false,
            created_by: context.actor.to_owned(),
            closed_at: None,
        }
    }
}

impl<'a> Change<'a> {
    /// Begins with a ticket that is registered now.
    pub(super) fn register(context: &'a Context<'a>, new: New) -> Result<Self, Error> {
        let kind = context.rules.ticket_type(&new.kind)?;
        kind.check_values(&new.fields)?;
        kind.check_required(&new.fields)?;
        let category = if new.assignee.is_some() { Category::Open } else { Category::New };
        let state = kind.first(category).expect("every type has such a state: checked at start");
        let mut change = Self::new(Ticket::blank(context, new, state, context.now), context);
        change.start_clocks(&FIRST_CLOCKS, context.now)?;
        change.tell_registered();
        Ok(change)
    }

    /// Tells that the ticket was registered.
    pub(super) fn tell_registered(&mut self) {
        let ticket = &self.ticket;
        let payload = events::TicketCreated {
            number: ticket.number,
            external_id: ticket.external_id.clone(),
            call_id: ticket.call.map(|call| call.to_string()),
            language: ticket.language.clone(),
            ..Default::default()
        };
        self.tell(payload);
    }

    /// Takes up a ticket that nobody had taken up: it is open from now on.
    pub(super) fn take_up(&mut self, reason: &str) -> Result<(), Error> {
        if self.ticket.category != Category::New {
            return Ok(());
        }
        self.go_on(reason)
    }
}
