//! Working calendars: the kernel's specification with a name, an identity and a history. Each state of
//! its working time has a revision, which deadlines name.

use kefu_api_events::event;
use kefu_api_events::v1 as events;
use kefu_kernel::calendar::{CalendarSpec, Interval, SpecialDay};
use kefu_kernel::{Calendar as Reckoning, Head};

use super::branch::named;
use super::change::{Decision, changed, set};
use super::error::Error;
use super::ids::CalendarId;

/// When work is done, in a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Identity and version.
    pub head: Head,
    /// Its name.
    pub name: String,
    /// Its code, revision, zone and hours.
    pub spec: CalendarSpec,
    /// Whether it holds where none is named.
    pub is_default: bool,
}

/// New values of a calendar's fields.
#[derive(Clone, Debug, Default)]
pub struct CalendarPatch {
    /// See [`CalendarSpec::code`].
    pub code: Option<String>,
    /// See [`Calendar::name`].
    pub name: Option<String>,
    /// See [`CalendarSpec::time_zone`].
    pub time_zone: Option<String>,
    /// See [`CalendarSpec::week`].
    pub week: Option<std::collections::BTreeMap<kefu_kernel::zone::Weekday, Vec<Interval>>>,
    /// See [`CalendarSpec::special_days`].
    pub special_days: Option<Vec<SpecialDay>>,
    /// See [`Calendar::is_default`].
    pub is_default: Option<bool>,
}

impl Calendar {
    /// Its id.
    pub fn id(&self) -> CalendarId {
        self.head.id.into()
    }

    /// Adds this calendar.
    pub fn create(self) -> Result<Decision<Self>, Error> {
        self.check()?;
        let created = events::CalendarCreated {
            calendar_id: self.id().to_string(),
            facts: Some(self.facts()),
        };
        Ok((self, vec![event(&created, [""; 0])]))
    }

    /// Changes fields. Other working time is another revision.
    pub fn update(&self, patch: CalendarPatch) -> Result<Decision<Self>, Error> {
        if self.is_default && patch.is_default == Some(false) {
            return Err(Error::Invalid {
                field: "is_default".to_owned(),
                rule: "calendar.default",
                what: "ends only when another calendar becomes the default",
            });
        }
        let mut after = self.clone();
        let spec = &mut after.spec;
        set!(spec, patch; code, time_zone, week, special_days);
        set!(after, patch; name, is_default);
        if after.spec != self.spec {
            after.spec.revision = self.spec.revision.saturating_add(1);
        }
        after.check()?;
        Ok(self.told(after))
    }

    /// Ceases to be the default, because another one is.
    pub fn step_down(&self) -> Decision<Self> {
        self.told(Self { is_default: false, ..self.clone() })
    }

    fn told(&self, after: Self) -> Decision<Self> {
        let changed = changed!(self, after; "code": spec.code, "name": name,
            "revision": spec.revision, "time_zone": spec.time_zone, "week": spec.week,
            "special_days": spec.special_days, "is_default": is_default);
        if changed.is_empty() {
            return (after, Vec::new());
        }
        let updated = events::CalendarUpdated {
            calendar_id: after.id().to_string(),
            facts: Some(after.facts()),
        };
        (after, vec![event(&updated, changed)])
    }

    fn check(&self) -> Result<(), Error> {
        named(&self.spec.code, &self.name)?;
        if self.spec.week.values().all(Vec::is_empty) {
            return Err(Error::CalendarEmpty);
        }
        Reckoning::new(self.spec.clone())?;
        Ok(())
    }

    fn facts(&self) -> events::CalendarFacts {
        let spec = &self.spec;
        events::CalendarFacts {
            code: spec.code.clone(),
            revision: i32::try_from(spec.revision).unwrap_or(i32::MAX),
            time_zone: spec.time_zone.clone(),
            week: spec.week.iter().map(|(day, hours)| work_day(*day as i32 + 1, hours)).collect(),
            special_days: spec.special_days.iter().map(special_day).collect(),
            is_default: self.is_default,
        }
    }
}

fn work_day(iso_weekday: i32, hours: &[Interval]) -> events::WorkDay {
    events::WorkDay { iso_weekday, intervals: hours.iter().map(interval).collect() }
}

fn special_day(day: &SpecialDay) -> events::SpecialDay {
    events::SpecialDay {
        date: day.date.to_string(),
        intervals: day.intervals.iter().map(interval).collect(),
        name: day.name.clone(),
    }
}

fn interval(one: &Interval) -> events::WorkInterval {
    let minute = |seconds: u32| i32::try_from(seconds / 60).unwrap_or(0);
    events::WorkInterval {
        from_minute: minute(one.from.seconds()),
        to_minute: minute(one.to.seconds()),
    }
}
