//! From one state to another: along the ways of the type, and by reopening.

use kefu_api_events::v1 as events;
use kefu_kernel::field::Fields;

use crate::domain::error::Error;
use crate::domain::rules::Context;
use crate::domain::types::{State, Transition};
use crate::domain::words::{Category, ClockKind};

use super::change::Change;
use super::{Decision, Episode, Ticket};

/// Where a ticket goes, and what is set with it.
#[derive(Clone, Debug, Default)]
pub struct Move {
    /// The code of the state it goes to.
    pub state: String,
    /// The code of the reason; empty: none given.
    pub reason: String,
    /// The code of the cause; empty: as it is.
    pub cause: String,
    /// The code of the result, for a solved or closed state; empty: none.
    pub resolution: String,
    /// Fields of its type that are set with it.
    pub fields: Fields,
}

impl Ticket {
    /// Takes the ticket to another state, along a way that its type has. `holds` tells whether the
    /// caller holds a permission.
    pub fn transition(
        &self,
        context: &Context<'_>,
        to: Move,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        let mut change = Change::begin(self, context)?;
        let kind = change.kind()?;
        let state = kind.state(&to.state).ok_or_else(|| Error::unknown("state", &to.state))?;
        let way = kind.way(&self.state, &to.state).ok_or_else(|| Error::TransitionNotAllowed {
            from: self.state.clone(),
            to: to.state.clone(),
        })?;
        if !way.permission.is_empty() && !holds(&way.permission) {
            let permission = way.permission.clone();
            return Err(Error::TransitionNeedsPermission { to: to.state, permission });
        }
        if state.category.is_active() && !to.resolution.is_empty() {
            let what = "belongs to a solved or closed state only";
            return Err(Error::invalid("resolution", "not_now", what));
        }
        kind.check_values(&to.fields)?;
        change.ticket.fields.extend(to.fields);
        if !to.cause.is_empty() {
            change.ticket.cause = to.cause;
        }
        if !to.resolution.is_empty() {
            change.ticket.present_episode().resolution = to.resolution.clone();
        }
        check_needed(&change.ticket, way, state)?;
        change.enter(state)?;
        let (reason, resolution) = (to.reason, to.resolution);
        change.tell(events::TicketStatusChanged { reason, resolution, ..Default::default() });
        change.done()
    }

    /// Takes a solved ticket up again: its next episode begins, with clocks of its own.
    pub fn reopen(&self, context: &Context<'_>, reason: &str) -> Decision {
        let mut change = Change::begin(self, context)?;
        if self.category != Category::Solved {
            return Err(Error::NotSolved(self.id()));
        }
        change.reopen(reason)?;
        change.done()
    }
}

impl<'a> Change<'a> {
    /// The state is another one from now on; clocks, episode and closing time follow.
    pub(super) fn enter(&mut self, state: &State) -> Result<(), Error> {
        let now = self.now;
        self.ticket.state.clone_from(&state.code);
        self.ticket.category = state.category;
        match state.category {
            Category::Solved => {
                self.ticket.present_episode().solved_at = Some(now);
                self.meet(&[ClockKind::Resolution, ClockKind::Legal], now)?;
                self.stop_clocks("solved", now)
            }
            Category::Closed => {
                self.ticket.closed_at = Some(now);
                self.stop_clocks("closed", now)
            }
            _ => self.pause_or_resume(now),
        }
    }

    /// Goes on in the type's first open state, and tells so.
    pub(super) fn go_on(&mut self, reason: &str) -> Result<(), Error> {
        self.enter(self.open_state()?)?;
        let reason = reason.to_owned();
        self.tell(events::TicketStatusChanged { reason, ..Default::default() });
        Ok(())
    }

    /// Begins the next episode, and tells so. What was history is a matter of today again.
    pub(super) fn reopen(&mut self, reason: &str) -> Result<(), Error> {
        let now = self.now;
        let number = self.ticket.episode().number + 1;
        self.ticket.episodes.push(Episode {
            number,
            opened_at: now,
            first_replied_at: None,
            solved_at: None,
            resolution: String::new(),
            reason: reason.to_owned(),
            breached: false,
        });
        self.ticket.historic = false;
        self.enter(self.open_state()?)?;
        self.start_clocks(&[ClockKind::FirstResponse, ClockKind::Resolution], now)?;
        self.tell(events::TicketReopened { reason: reason.to_owned(), ..Default::default() });
        Ok(())
    }

    fn open_state(&self) -> Result<&'a State, Error> {
        let kind = self.kind()?;
        Ok(kind.first(Category::Open).expect("every type has such a state: checked at start"))
    }
}

/// Refuses a way that needs what the ticket does not have; names all of it.
fn check_needed(ticket: &Ticket, way: &Transition, state: &State) -> Result<(), Error> {
    let solving = state.category == Category::Solved;
    let needed = way.required_fields.iter().map(String::as_str);
    let needed = needed.chain(solving.then_some("assignee_id"));
    let empty = |name: &&str| match *name {
        "assignee_id" => ticket.assignee.is_none(),
        "department_id" => ticket.department.is_none(),
        "cause" => ticket.cause.is_empty(),
        "resolution" => ticket.episode().resolution.is_empty(),
        own => !ticket.fields.contains_key(own),
    };
    let own = |name: &str| match name {
        "assignee_id" | "department_id" | "cause" | "resolution" => name.to_owned(),
        own => format!("fields.{own}"),
    };
    let fields: Vec<String> = needed.filter(empty).map(own).collect();
    if fields.is_empty() {
        Ok(())
    } else {
        Err(Error::TransitionNeedsFields { to: state.code.clone(), fields })
    }
}
