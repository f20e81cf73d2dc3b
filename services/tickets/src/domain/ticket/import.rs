//! Taking a ticket over from elsewhere, as it stood there.
//!
//! History is taken at its word: what a way would have required, and who would have had to do it, is not
//! asked again. Its clocks are reckoned, so that reports know what was late, and start nothing.

use kefu_kernel::clock::{Allowance, Clock, Target};
use kefu_kernel::{FieldViolation, InvalidFields, NewEvent, Timestamp};

use crate::domain::error::Error;
use crate::domain::ids::MessageId;
use crate::domain::message::Message;
use crate::domain::rules::Context;
use crate::domain::types::{State, TicketType};
use crate::domain::words::{Category, ClockKind, MessageKind};

use super::change::Change;
use super::create::{FIRST_CLOCKS, New};
use super::{Ticket, TicketClock};

/// A ticket from elsewhere.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What is known of it as of any new ticket.
    pub new: New,
    /// When the customer raised it.
    pub created_at: Timestamp,
    /// When it is or was due, as the source has it; takes the place of the resolution policy.
    pub due_at: Option<Timestamp>,
    /// How it stands.
    pub end: End,
    /// What was answered, kept as a public reply under this id.
    pub reply: Option<(MessageId, String)>,
    /// Not history: its clocks act.
    pub live: bool,
}

/// How an imported ticket stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// In its type's first state.
    Initial,
    /// In this state, which is not a solved or closed one.
    State(String),
    /// It was solved, and may be closed.
    Solved {
        /// When.
        at: Timestamp,
        /// Whether it is closed for good.
        closed: bool,
        /// The code of the result; empty: none.
        resolution: String,
    },
}

impl Ticket {
    /// Takes a ticket over. One event tells of all of it.
    pub fn import(
        context: &Context<'_>,
        imported: Imported,
    ) -> Result<(Self, Vec<NewEvent>, Option<Message>), Error> {
        let kind = context.rules.ticket_type(&imported.new.kind)?;
        kind.check_values(&imported.new.fields)?;
        check_times(context, &imported)?;
        let state = imported_state(kind, &imported)?;
        let mut ticket = Self::blank(context, imported.new, state, imported.created_at);
        ticket.historic = !imported.live;
        let mut change = Change::new(ticket, context);
        change.start_clocks(&FIRST_CLOCKS, imported.created_at)?;
        if let Some(due) = imported.due_at {
            change.take_due(due)?;
        }
        let reply = imported.reply.map(|(id, body)| {
            let channel = change.ticket.channel;
            change.message(id, MessageKind::PublicReply, channel, body)
        });
        let sent_at = match imported.end {
            End::Solved { at, closed, resolution } => {
                change.solved_there(at, closed, resolution, reply.is_some())?;
                at
            }
            End::Initial | End::State(_) => {
                change.pause_or_resume(context.now)?;
                imported.created_at
            }
        };
        if !imported.live {
            let calendars = &*context.calendars;
            for clock in &mut change.ticket.clocks {
                clock.note_breach(context.now, calendars)?;
            }
            change.ticket.note_breaches();
        }
        change.tell_registered();
        let (ticket, events) = change.done()?;
        Ok((ticket, events, reply.map(|message| Message { sent_at, ..message })))
    }
}

impl Change<'_> {
    /// Another system's due time becomes that of the resolution, whatever policies say.
    fn take_due(&mut self, due: Timestamp) -> Result<(), Error> {
        let calendars = &*self.context.calendars;
        let start = self.ticket.head.created_at;
        if !self.ticket.clocks.iter().any(|clock| clock.kind == ClockKind::Resolution) {
            let calendar = calendars.of_branch(self.ticket.branch()).spec();
            let target = Target {
                policy: "imported".to_owned(),
                policy_version: 0,
                calendar: calendar.code.clone(),
                calendar_revision: calendar.revision,
                allowance: Allowance::Until(due),
                ladder: Vec::new(),
            };
            let clock = Clock::start(start, target);
            let clock = TicketClock::start(ClockKind::Resolution, 1, Vec::new(), clock, calendars)?;
            self.ticket.clocks.push(clock);
        }
        self.import_due(ClockKind::Resolution, due)
    }

    /// It was solved there, at this moment.
    fn solved_there(
        &mut self,
        at: Timestamp,
        closed: bool,
        resolution: String,
        replied: bool,
    ) -> Result<(), Error> {
        let episode = self.ticket.present_episode();
        episode.solved_at = Some(at);
        episode.first_replied_at = replied.then_some(at);
        episode.resolution = resolution;
        if replied {
            self.meet(&[ClockKind::FirstAnswer, ClockKind::FirstResponse], at)?;
        }
        self.meet(&[ClockKind::Resolution, ClockKind::Legal], at)?;
        self.stop_clocks("solved", at)?;
        self.ticket.closed_at = closed.then_some(at);
        Ok(())
    }
}

fn check_times(context: &Context<'_>, imported: &Imported) -> Result<(), Error> {
    let mut wrong: Vec<FieldViolation> = Vec::new();
    if imported.created_at > context.now {
        wrong.push(FieldViolation::new("created_at", "in_future", "is later than now"));
    }
    if let End::Solved { at, .. } = &imported.end {
        if *at > context.now {
            wrong.push(FieldViolation::new("solved.solved_at", "in_future", "is later than now"));
        }
        if *at < imported.created_at {
            let what = "is before the ticket's creation";
            wrong.push(FieldViolation::new("solved.solved_at", "before_creation", what));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(InvalidFields(wrong).into()) }
}

fn imported_state<'k>(kind: &'k TicketType, imported: &Imported) -> Result<&'k State, Error> {
    let category = match &imported.end {
        End::State(code) => {
            let state = kind.state(code).ok_or_else(|| Error::unknown("state", code))?;
            if state.category.is_active() {
                return Ok(state);
            }
            let what = "is a solved or closed one, which needs to tell when";
            return Err(Error::invalid("state", "not_active", what));
        }
        End::Solved { closed: true, .. } => Category::Closed,
        End::Solved { closed: false, .. } => Category::Solved,
        End::Initial if imported.new.assignee.is_some() => Category::Open,
        End::Initial => Category::New,
    };
    Ok(kind.first(category).expect("every type has such a state: checked at start"))
}
