//! A calendar and policies to test clocks with.

use std::sync::LazyLock;
use std::time::Duration;

use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::{Calendar, Calendars, NewEvent, Timestamp};

use super::clocks::{Clocks, Policy};

static CALENDARS: LazyLock<Calendars> = LazyLock::new(|| {
    let spec: CalendarSpec = toml::from_str(
        "code = 'office'\nrevision = 1\ntime_zone = 'Asia/Shanghai'\nspecial_days = []\n[week]\n\
         monday = ['09:00-18:00']\ntuesday = ['09:00-18:00']\nwednesday = ['09:00-18:00']\n\
         thursday = ['09:00-18:00']\nfriday = ['09:00-18:00']\n",
    )
    .unwrap();
    Calendars::new(Calendar::new(spec).unwrap())
});
static POLICIES: LazyLock<Vec<Policy>> = LazyLock::new(|| Policy::shipped().unwrap());

/// The shipped policies, and an office that is open Monday to Friday, 09:00 to 18:00 in Shanghai.
pub fn clocks() -> Clocks<'static> {
    Clocks { calendars: &CALENDARS, policies: &POLICIES }
}

/// So many hours after Monday, 23 November 2026, 10:00 in Shanghai.
pub fn at(hours: u64) -> Timestamp {
    Timestamp::from_millis(1_795_399_200_000).plus(Duration::from_secs(hours * 3_600))
}

/// The events' short names.
pub fn names(told: &[NewEvent]) -> Vec<&str> {
    told.iter().map(|event| event.type_name.rsplit('.').next().unwrap()).collect()
}

/// Refuses events between which something changed that none tells, and a change that nobody is told of.
pub fn check_events<S>(before: Option<&S>, after: &S, told: &[NewEvent])
where
    S: kefu_api_events::Subject + PartialEq,
    S::Facts: std::fmt::Debug,
{
    let mut facts = before.map(S::facts);
    for event in told {
        let step = kefu_api_events::Step::<S::Facts>::read(&event.payload).unwrap();
        assert_eq!(step.before, facts, "{}", event.type_name);
        facts = Some(step.after);
    }
    assert_eq!(facts, Some(after.facts()));
    assert!(!told.is_empty() || before == Some(after), "a change that nobody is told of");
}
