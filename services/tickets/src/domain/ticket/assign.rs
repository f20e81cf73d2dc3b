//! Who works on a ticket, and which department is responsible.

use kefu_api_events::v1 as events;

use crate::domain::error::Error;
use crate::domain::ids::{DepartmentId, PersonId};
use crate::domain::rules::Context;
use crate::domain::words::Category;

use super::change::Change;
use super::{Decision, Ticket};

/// To whom a ticket is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// A department; nobody works on it there yet.
    Department(DepartmentId),
    /// A person, and the department that becomes responsible with them, where that is known.
    Person {
        /// Who works on it from now on.
        person: PersonId,
        /// Their department.
        department: Option<DepartmentId>,
    },
}

impl Ticket {
    /// Gives the ticket to somebody to work on, or takes it off. The first assignee becomes its owner; a
    /// new ticket is taken up; from one person to another is a hand-off.
    pub fn assign(&self, context: &Context<'_>, assignee: Option<PersonId>) -> Decision {
        let mut change = Change::begin(self, context)?;
        if assignee == self.assignee {
            return Err(Error::AlreadyAssigned(self.id()));
        }
        if assignee.is_none() && self.category == Category::Solved {
            return Err(Error::AssigneeRequired(self.id()));
        }
        change.ticket.hand_offs += i32::from(self.assignee.is_some() && assignee.is_some());
        change.give(assignee);
        change.tell(events::TicketAssigned::default());
        if assignee.is_some() {
            change.take_up("assigned")?;
        }
        change.done()
    }

    /// Hands the ticket on to another department or person, with all its history; its owner stays.
    pub fn transfer(&self, context: &Context<'_>, recipient: Recipient, reason: &str) -> Decision {
        let mut change = Change::begin(self, context)?;
        let (department, assignee) = match recipient {
            Recipient::Department(department) => (Some(department), None),
            Recipient::Person { person, department } => {
                (department.or(self.department), Some(person))
            }
        };
        if (department, assignee) == (self.department, self.assignee) {
            return Err(Error::AlreadyAssigned(self.id()));
        }
        if assignee.is_none() && self.category == Category::Solved {
            return Err(Error::AssigneeRequired(self.id()));
        }
        change.ticket.department = department;
        change.ticket.hand_offs += 1;
        change.give(assignee);
        let (hand_offs, reason) = (change.ticket.hand_offs, reason.to_owned());
        change.tell(events::TicketTransferred { hand_offs, reason, ..Default::default() });
        if assignee.is_some() {
            change.take_up("assigned")?;
        }
        change.done()
    }
}

impl Change<'_> {
    /// Somebody works on it from now on, or nobody any more.
    fn give(&mut self, assignee: Option<PersonId>) {
        self.ticket.assignee = assignee;
        self.ticket.owner = self.ticket.owner.or(assignee);
    }
}
