//! Changing fields. State, people and department have verbs of their own and are never changed here.

use std::collections::BTreeMap;

use kefu_api_events::v1 as events;
use kefu_kernel::Id;
use kefu_kernel::field::{FieldValue, Fields};

use crate::domain::error::Error;
use crate::domain::ids::BranchId;
use crate::domain::rules::Context;
use crate::domain::words::{Level, Priority};

use super::change::Change;
use super::{Decision, Requester, Ticket};

/// Which fields become what; none: as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// What it is about; never empty.
    pub subject: Option<String>,
    /// What the customer said.
    pub description: Option<String>,
    /// What the caller gave of themselves, as a whole.
    pub requester: Option<Requester>,
    /// The customer's language.
    pub language: Option<String>,
    /// The code of its cause.
    pub cause: Option<String>,
    /// How much it touches.
    pub impact: Option<Level>,
    /// How soon it must be done.
    pub urgency: Option<Level>,
    /// From where it came.
    pub source: Option<String>,
    /// The branch it belongs to; within: none.
    pub branch: Option<Option<BranchId>>,
    /// The fields of its type.
    pub fields: PatchFields,
}

/// What becomes of a type's own fields.
#[derive(Clone, Debug, Default)]
pub enum PatchFields {
    /// All stay.
    #[default]
    Keep,
    /// These and no others.
    Replace(Fields),
    /// These become so; none within: is cleared.
    Set(BTreeMap<String, Option<FieldValue>>),
}

impl Ticket {
    /// Changes fields. What becomes what it is already is no change; another priority or branch aims the
    /// running clocks anew.
    pub fn update(&self, context: &Context<'_>, patch: Patch) -> Decision {
        let mut change = Change::begin(self, context)?;
        let before = change.ticket.clone();
        change.set_fields(patch.fields)?;
        if patch.subject.as_ref().is_some_and(String::is_empty) {
            return Err(Error::invalid("ticket.subject", "required", "cannot be cleared"));
        }
        let renamed = patch.source.as_ref().is_some_and(|source| *source != self.source);
        if renamed && self.external_id.is_some() {
            let what = "stays as it is while the ticket has an id there";
            return Err(Error::invalid("ticket.source", "fixed", what));
        }
        let ticket = &mut change.ticket;
        set(&mut ticket.subject, patch.subject);
        set(&mut ticket.description, patch.description);
        set(&mut ticket.requester, patch.requester);
        set(&mut ticket.language, patch.language);
        set(&mut ticket.cause, patch.cause);
        set(&mut ticket.impact, patch.impact);
        set(&mut ticket.urgency, patch.urgency);
        set(&mut ticket.source, patch.source);
        set(&mut ticket.head.branch, patch.branch.map(|branch| branch.map(Id::uuid)));
        ticket.priority = Priority::of(ticket.impact, ticket.urgency);
        if ticket.priority != before.priority {
            change.retarget("priority")?;
        } else if ticket.head.branch != before.head.branch {
            change.retarget("branch")?;
        }
        if change.ticket != before {
            change.tell(events::TicketUpdated::default());
        }
        change.done()
    }
}

impl Change<'_> {
    fn set_fields(&mut self, patch: PatchFields) -> Result<(), Error> {
        let fields = match patch {
            PatchFields::Keep => return Ok(()),
            PatchFields::Replace(fields) => fields,
            PatchFields::Set(values) => {
                let mut fields = self.ticket.fields.clone();
                for (code, value) in values {
                    match value {
                        Some(value) => fields.insert(code, value),
                        None => fields.remove(&code),
                    };
                }
                fields
            }
        };
        let kind = self.kind()?;
        kind.check_values(&fields)?;
        if !self.ticket.historic {
            kind.check_required(&fields)?;
        }
        self.ticket.fields = fields;
        Ok(())
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
