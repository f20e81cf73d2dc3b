//! Why a revisit is due when it is, in sentences.

use kefu_kernel::calendar::Closed;
use kefu_kernel::clock::{Allowance, Calendars, Clock, Happening, Target};
use kefu_kernel::{Timestamp, Zone};

use super::policy::Rule;
use super::schedule::Schedule;
use super::words::Occasion;
use super::{Error, Revisit};

impl Revisit {
    /// How its times came about, as of `now`: the occasion and its day, the policy and the days that did not
    /// count, the hours that the customer chose, and how the deadline stands. `rule` is that of the version
    /// that owes it; none: a person planned it.
    ///
    /// # Errors
    ///
    /// [`Error::Clock`] where the calendar that its days were counted by is not known here.
    pub fn explain(
        &self,
        rule: Option<&Rule>,
        calendars: &Calendars,
        now: Timestamp,
    ) -> Result<Vec<String>, Error> {
        let calendar = calendars.for_target(&self.target(self.first_due_at))?;
        let zone = calendar.zone();
        let mut steps = vec![self.occasion_text(zone)];
        if let Some(rule) = rule {
            let (opens, due) = (rule.opens_after_days, rule.due_day);
            let times = Schedule::of(self.occasion_at, opens, due, calendar)
                .map_err(kefu_kernel::clock::ClockError::from)?;
            steps.push(format!(
                "Policy `{}` version {}: it may be made from day {} on and is due by the end of day {due}, \
                 on the calendar `{}`.",
                self.policy,
                self.policy_version,
                u32::from(opens) + 1,
                self.calendar.code,
            ));
            let skipped = times.skipped.iter();
            steps.extend(skipped.map(|(day, why)| format!("{day} does not count: {}.", text(why))));
        }
        steps.push(format!("It may be made from {} on.", zone.format(self.opens_at)));
        for attempt in &self.attempts {
            if let Some(to) = attempt.rescheduled_to {
                steps.push(format!(
                    "On {} the customer chose {}.",
                    zone.format(attempt.made_at),
                    zone.format(to)
                ));
            }
        }
        let explained = self.clock().explain(calendar, now)?;
        steps.extend(explained.sentences(zone));
        Ok(steps)
    }

    /// Its deadline as the clock engine has it: made of what happened to it.
    fn clock(&self) -> Clock {
        let mut clock = Clock::start(self.head.created_at, self.target(self.first_due_at));
        let moved = self.attempts.iter().filter_map(|attempt| {
            let target = self.target(attempt.due_at?);
            let reason = "customer_chose".to_owned();
            Some((attempt.made_at, Happening::Retargeted { target, reason }))
        });
        let breach = self.breached_at.map(|at| (at, Happening::Reached { percent: 100 }));
        let mut happenings: Vec<_> = breach.into_iter().chain(moved).collect();
        happenings.sort_by_key(|(at, _)| *at);
        let met = self.reached_at.map(|at| (at, Happening::Stopped));
        let stopped = self.ended_at.map(|at| {
            let reason = self.state.name().to_owned();
            (at, Happening::Cancelled { reason })
        });
        for (at, what) in happenings.into_iter().chain(met.or(stopped)) {
            clock.apply(at, what);
        }
        clock
    }

    fn target(&self, due_at: Timestamp) -> Target {
        Target {
            policy: self.policy.clone(),
            policy_version: u32::try_from(self.policy_version).unwrap_or(0),
            calendar: self.calendar.code.clone(),
            calendar_revision: self.calendar.revision,
            allowance: Allowance::Until(due_at),
            ladder: Vec::new(),
        }
    }

    fn occasion_text(&self, zone: &Zone) -> String {
        let at = zone.format(self.occasion_at);
        match self.occasion {
            Occasion::ComplaintClosed => format!("The complaint was closed {at}: that is day 1."),
            Occasion::ComplaintOpen => format!("The complaint was opened {at}: that is day 1."),
            Occasion::Delivered => format!("The shipment was delivered {at}: that is day 1."),
            Occasion::ClaimClosed => format!("The claim was closed {at}: that is day 1."),
            Occasion::Member => format!("The customer became a member {at}: that is day 1."),
            Occasion::Irregular => format!("It was planned {at}."),
        }
    }
}

fn text(why: &Closed) -> String {
    match why {
        Closed::OutsideHours => "outside working hours".to_owned(),
        Closed::DayOff => "day off".to_owned(),
        Closed::Holiday(name) => format!("holiday, {name}"),
    }
}
