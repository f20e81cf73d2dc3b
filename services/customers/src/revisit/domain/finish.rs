//! What follows on the customer's answers: tickets, promises, the head's answer, the close.

use kefu_api_events::v1 as events;

use crate::domain::Context;
use crate::domain::ids::PersonId;

use super::change::Change;
use super::words::{OpinionKind, State};
use super::{Decision, DepartmentAnswer, Error, Revisit};

impl Revisit {
    /// Notes the ticket that an opinion became, or that a dissatisfied verdict opened or reopened (`opinion` 0).
    /// One that is known already, or of an opinion that there is not, is no change.
    ///
    /// # Errors
    ///
    /// None.
    pub fn link_ticket(&self, context: &Context<'_>, opinion: i32, ticket: &str) -> Decision {
        let mut change = Change::begin(self, context);
        let mut opinions = change.revisit.opinions.iter_mut();
        let place = match opinion {
            0 => Some(&mut change.revisit.ticket),
            _ => opinions.find(|one| one.number == opinion).map(|one| &mut one.ticket),
        };
        if let Some(place) = place.filter(|place| place.is_none()) {
            *place = Some(ticket.to_owned());
            let ticket_id = ticket.to_owned();
            change.tell(events::RevisitTicketLinked { ticket_id, opinion, ..Default::default() });
        }
        change.done()
    }

    /// Notes that a promise was kept, in time or late.
    ///
    /// # Errors
    ///
    /// [`Error::PromiseNotFound`], [`Error::PromiseKept`].
    pub fn keep_promise(&self, context: &Context<'_>, number: i32) -> Decision {
        let mut change = Change::begin(self, context);
        let now = change.now;
        let mut promises = change.revisit.promises.iter_mut();
        let promise = promises.find(|one| one.number == number);
        let promise = promise.ok_or(Error::PromiseNotFound { number })?;
        if promise.kept_at.is_some() {
            return Err(Error::PromiseKept { number });
        }
        promise.kept_at = Some(now);
        let late = promise.breached;
        let kept = events::RevisitPromiseKept { promise: number, late, ..Default::default() };
        change.tell(kept);
        change.done()
    }

    /// The head of the department answers what the customer said, and signs by it. A further answer takes the
    /// place of the former. `head` is who heads the department that the revisit asks about.
    ///
    /// # Errors
    ///
    /// [`Error::NotDepartmentHead`]; [`Error::NotOpen`] before the customer answered, [`Error::Over`] after the
    /// end.
    pub fn answer_as_head(
        &self,
        context: &Context<'_>,
        text: String,
        head: Option<PersonId>,
    ) -> Decision {
        let mut change = Change::begin(self, context);
        if head.is_none_or(|head| head.to_string() != context.actor) {
            return Err(Error::NotDepartmentHead(self.department));
        }
        if change.revisit.state != State::Answered {
            return Err(change.too_early());
        }
        let (answered_by, answered_at) = (context.actor.to_owned(), change.now);
        change.revisit.department_answer =
            Some(DepartmentAnswer { text, answered_by, answered_at });
        change.tell(events::RevisitDepartmentAnswered::default());
        change.done()
    }

    /// Closes a revisit whose answers are complete: the customer answered, and the head of the department did
    /// where the customer said more than a remark. Who handled the matter does not close it.
    ///
    /// # Errors
    ///
    /// [`Error::Over`], [`Error::Incomplete`] with everything that is missing, [`Error::SamePerson`].
    pub fn close(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::begin(self, context);
        let (id, state) = (self.id(), change.revisit.state);
        if state.is_over() {
            return Err(Error::Over { id, state });
        }
        let missing: Vec<&'static str> = [
            ("verdict", self.verdict.is_none()),
            ("department_answer", self.needs_head() && self.department_answer.is_none()),
        ]
        .into_iter()
        .filter(|(_, missing)| *missing)
        .map(|(name, _)| name)
        .collect();
        if !missing.is_empty() {
            return Err(Error::Incomplete(missing));
        }
        let handlers = [self.handlers.handler, self.handlers.owner];
        if handlers.into_iter().flatten().any(|person| person.to_string() == context.actor) {
            return Err(Error::SamePerson(id));
        }
        change.end(State::Closed);
        context.actor.clone_into(&mut change.revisit.closed_by);
        change.tell(events::RevisitClosed::default());
        change.done()
    }

    /// Whether the head of a department has something to answer.
    fn needs_head(&self) -> bool {
        let more = self.opinions.iter().any(|opinion| opinion.kind != OpinionKind::Remark);
        self.department.is_some() && more
    }
}
