//! From when on a revisit may be made and by when it is due, by the days that count: those on which the
//! calendar has working time, and the day of the occasion in any case, which is day 1.

use kefu_kernel::calendar::{CalendarError, Closed};
use kefu_kernel::{Calendar, Day, Timestamp};

/// How many days in a row are looked at for one that counts: ten years.
const HORIZON_DAYS: u16 = 3660;

/// The times of a revisit, and how they came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// From when on it may be made.
    pub opens_at: Timestamp,
    /// The end of the day by which it is due.
    pub due_at: Timestamp,
    /// Days until then that did not count, and why.
    pub skipped: Vec<(Day, Closed)>,
}

impl Schedule {
    /// The times of what follows on an occasion: it may be made `opens_after_days` counted days later, and is
    /// due by the end of the counted day `due_day`, the occasion's day being day 1. 0 of either is taken as
    /// the day itself.
    ///
    /// # Errors
    ///
    /// Where the calendar has too few working days in the years ahead.
    pub fn of(
        occasion_at: Timestamp,
        opens_after_days: u16,
        due_day: u16,
        calendar: &Calendar,
    ) -> Result<Self, CalendarError> {
        let zone = calendar.zone();
        let first = zone.day_of(occasion_at);
        let mut skipped = Vec::new();
        let mut days = vec![first];
        let needed = usize::from(due_day.max(opens_after_days.saturating_add(1)).max(1));
        for later in 1..=HORIZON_DAYS {
            if days.len() == needed {
                break;
            }
            let day = first.plus(i32::from(later));
            match calendar.closed(day) {
                Closed::OutsideHours => days.push(day),
                why => skipped.push((day, why)),
            }
        }
        let nth = |index: usize| {
            let none = || CalendarError::NoWorkingTime {
                calendar: calendar.spec().code.clone(),
                from: occasion_at,
            };
            days.get(index).copied().ok_or_else(none)
        };
        let opens = nth(usize::from(opens_after_days))?;
        let due = nth(usize::from(due_day.max(1)) - 1)?;
        skipped.retain(|(day, _)| *day < due);
        Ok(Self {
            opens_at: zone.start_of(opens).max(occasion_at),
            due_at: zone.start_of(due.plus(1)),
            skipped,
        })
    }
}
