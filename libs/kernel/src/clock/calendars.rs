//! The working calendars that clocks count by: every state of every one that is known, which of them the
//! company works by, and which branches by another. A snapshot: a rule sees one state of all of them from
//! its beginning to its end.

use std::collections::BTreeMap;

use crate::Calendar;
use crate::directory::BranchId;

use super::{ClockError, Target};

/// Working calendars, as the directory has told of them.
#[derive(Clone, Debug)]
pub struct Calendars {
    /// By code and revision, every one that a clock may still count by.
    all: BTreeMap<(String, u32), Calendar>,
    /// The code of each branch's.
    of_branches: BTreeMap<BranchId, String>,
    company: Calendar,
}

impl Calendars {
    /// The company's calendar, and no other yet.
    pub fn new(company: Calendar) -> Self {
        let mut calendars =
            Self { all: BTreeMap::new(), of_branches: BTreeMap::new(), company: company.clone() };
        calendars.add(company);
        calendars
    }

    /// Adds a calendar, or a further state of one. Earlier states stay: clocks count by them.
    pub fn add(&mut self, calendar: Calendar) {
        let spec = calendar.spec();
        if spec.code == self.company.spec().code && spec.revision >= self.company.spec().revision {
            self.company = calendar.clone();
        }
        self.all.insert((spec.code.clone(), spec.revision), calendar);
    }

    /// Makes the newest state of the calendar `code` the company's, where there is one.
    pub fn make_company(&mut self, code: &str) {
        if let Some(calendar) = self.newest(code) {
            self.company = calendar.clone();
        }
    }

    /// Lets these branches work by the calendars of these codes, and all others by the company's.
    pub fn assign(&mut self, of_branches: impl IntoIterator<Item = (BranchId, String)>) {
        self.of_branches = of_branches.into_iter().collect();
    }

    /// The calendar of a branch as it is now; the company's where it has none of its own.
    pub fn of_branch(&self, branch: Option<BranchId>) -> &Calendar {
        let code = branch.and_then(|branch| self.of_branches.get(&branch));
        code.and_then(|code| self.newest(code)).unwrap_or(&self.company)
    }

    /// The calendar that a policy counts by, for a matter of this branch: the one that the policy names,
    /// where it names one, else the branch's.
    ///
    /// # Errors
    ///
    /// Where the named one is not known here (yet).
    pub fn for_policy(
        &self,
        named: Option<&str>,
        branch: Option<BranchId>,
    ) -> Result<&Calendar, ClockError> {
        match named {
            None => Ok(self.of_branch(branch)),
            Some(code) => self
                .newest(code)
                .ok_or_else(|| ClockError::CalendarUnknown { code: code.to_owned(), revision: 0 }),
        }
    }

    /// The very state of a calendar that a target counts by.
    ///
    /// # Errors
    ///
    /// Where that state is not known here (yet).
    pub fn for_target(&self, target: &Target) -> Result<&Calendar, ClockError> {
        self.state(&target.calendar, target.calendar_revision)
    }

    /// One state of the calendar `code`.
    ///
    /// # Errors
    ///
    /// Where it is not known here (yet).
    pub fn state(&self, code: &str, revision: u32) -> Result<&Calendar, ClockError> {
        let key = (code.to_owned(), revision);
        self.all.get(&key).ok_or(ClockError::CalendarUnknown { code: key.0, revision })
    }

    fn newest(&self, code: &str) -> Option<&Calendar> {
        let states = (code.to_owned(), 0)..=(code.to_owned(), u32::MAX);
        self.all.range(states).next_back().map(|(_, calendar)| calendar)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::calendar::CalendarSpec;
    use crate::{Fault, FaultKind};

    fn calendar(code: &str, revision: u32) -> Calendar {
        let hours = [crate::calendar::Interval {
            from: crate::calendar::TimeOfDay::from_seconds(9 * 3600).unwrap(),
            to: crate::calendar::TimeOfDay::from_seconds(18 * 3600).unwrap(),
        }];
        let week = crate::zone::Weekday::ALL.map(|day| (day, hours.to_vec()));
        Calendar::new(CalendarSpec {
            code: code.into(),
            revision,
            time_zone: "Asia/Shanghai".into(),
            week: BTreeMap::from(week),
            special_days: Vec::new(),
        })
        .unwrap()
    }

    #[test]
    fn a_branch_works_by_its_own_calendar_and_the_others_by_the_companys() {
        let branch = BranchId::from(Uuid::from_u128(1));
        let mut calendars = Calendars::new(calendar("office", 1));
        calendars.add(calendar("night", 1));
        calendars.assign([(branch, "night".to_owned())]);
        let code = |calendars: &Calendars, branch| {
            let spec = calendars.of_branch(branch).spec();
            (spec.code.clone(), spec.revision)
        };
        assert_eq!(code(&calendars, Some(branch)), ("night".into(), 1));
        assert_eq!(code(&calendars, None), ("office".into(), 1));
        calendars.add(calendar("office", 2));
        assert_eq!(code(&calendars, None), ("office".into(), 2));
        calendars.make_company("night");
        assert_eq!(code(&calendars, None), ("night".into(), 1));
        let named = calendars.for_policy(Some("office"), Some(branch)).unwrap();
        assert_eq!(named.spec().revision, 2);
    }

    #[test]
    fn a_state_that_is_not_known_yet_can_be_asked_for_again() {
        let calendars = Calendars::new(calendar("office", 1));
        let error = calendars.for_policy(Some("night"), None).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (FaultKind::Unavailable, "CALENDAR_UNKNOWN"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
}
