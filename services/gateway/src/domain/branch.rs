//! Branches: the places of the company. A branch is in its own scope: who may not see its things does
//! not see it either.

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::zone::Zone;
use kefu_kernel::{Head, Timestamp};

use super::change::{Decision, changed, set, text};
use super::error::Error;
use super::ids::{BranchId, CalendarId};
use kefu_kernel::Id;

/// A place of the company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Identity, version and scope.
    pub head: Head,
    /// Its short code, unique.
    pub code: String,
    /// Its name.
    pub name: String,
    /// IANA name of its time zone.
    pub time_zone: String,
    /// Its working calendar; none: the company's default.
    pub calendar: Option<CalendarId>,
}

/// New values of a branch's fields.
#[derive(Clone, Debug, Default)]
pub struct BranchPatch {
    /// See [`Branch::code`].
    pub code: Option<String>,
    /// See [`Branch::name`].
    pub name: Option<String>,
    /// See [`Branch::time_zone`].
    pub time_zone: Option<String>,
    /// See [`Branch::calendar`].
    pub calendar: Option<Option<CalendarId>>,
}

impl Branch {
    /// The head of a branch that is about to be created: in its own scope.
    pub fn head(id: BranchId, now: Timestamp) -> Head {
        Head::new(id.uuid(), Some(id.uuid()), now)
    }

    /// Its id.
    pub fn id(&self) -> BranchId {
        self.head.id.into()
    }

    /// Adds this branch.
    pub fn create(self) -> Result<Decision<Self>, Error> {
        self.check()?;
        let created =
            events::BranchCreated { branch_id: self.id().to_string(), facts: Some(self.facts()) };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields.
    pub fn update(&self, patch: BranchPatch) -> Result<Decision<Self>, Error> {
        let mut after = self.clone();
        set!(after, patch; code, name, time_zone, calendar);
        after.check()?;
        let changed = changed!(self, after; "code": code, "name": name, "time_zone": time_zone,
            "calendar_id": calendar);
        if changed.is_empty() {
            return Ok((after, Vec::new()));
        }
        let updated =
            events::BranchUpdated { branch_id: after.id().to_string(), facts: Some(after.facts()) };
        Ok((after, vec![event(&updated, changed)]))
    }

    fn check(&self) -> Result<(), Error> {
        named(&self.code, &self.name)?;
        Zone::named(&self.time_zone)?;
        Ok(())
    }

    fn facts(&self) -> events::BranchFacts {
        events::BranchFacts {
            code: self.code.clone(),
            time_zone: self.time_zone.clone(),
            calendar_id: text(self.calendar),
        }
    }
}

/// What has a code and a name has both.
pub(super) fn named(code: &str, name: &str) -> Result<(), Error> {
    match (code, name.trim()) {
        ("", _) => Err(Error::empty("code")),
        (_, "") => Err(Error::empty("name")),
        _ => Ok(()),
    }
}
