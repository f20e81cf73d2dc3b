//! A desk to test at: shipped policies, a calendar, a clock that tests move, ids, and short forms.

use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::clock::Calendars;
use kefu_kernel::{Calendar, Id, NewEvent, Timestamp, Zone};
use prost::{Message, Name};
use uuid::Uuid;

use crate::domain::Context;
use crate::domain::ids::{DepartmentId, PersonId};
use crate::domain::quiet::{QuietHours, Reach};
use crate::revisit::domain::words::{Occasion, OpinionKind, Outcome, Verdict};
use crate::revisit::domain::{
    Answers, Handlers, NewOpinion, Occurrence, Policy, Question, Revisit, Try,
};
use kefu_api_events::Channel;

pub const ZONE: &str = "Asia/Shanghai";

/// A desk open Monday to Friday 09:00–18:00 in Shanghai; Tuesday, 24 November 2026 is a holiday. It begins on
/// Monday the 23rd at 10:00. Its customers rest from 21:00 to 08:00 in their own zone.
pub struct Desk {
    pub now: Timestamp,
    pub calendar: Calendar,
    pub policies: Vec<Policy>,
    pub actor: String,
    made: u128,
}

impl Desk {
    pub fn new() -> Self {
        let spec: CalendarSpec = toml::from_str(&format!(
            "code = 'office'\nrevision = 1\ntime_zone = '{ZONE}'\n\
             special_days = [{{ date = '2026-11-24', name = 'Founding Day' }}]\n\
             [week]\nmonday = ['09:00-18:00']\ntuesday = ['09:00-18:00']\n\
             wednesday = ['09:00-18:00']\nthursday = ['09:00-18:00']\nfriday = ['09:00-18:00']\n"
        ))
        .unwrap();
        let now = at("2026-11-23 10:00");
        let mut made = 0x100;
        let policies = Policy::shipped(now, || {
            made += 1;
            Uuid::from_u128(made)
        });
        Self {
            now,
            calendar: Calendar::new(spec).unwrap(),
            policies: policies.unwrap(),
            actor: person(1).to_string(),
            made: 0x1000,
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context { now: self.now, actor: &self.actor }
    }

    pub fn calendars(&self) -> Calendars {
        Calendars::new(self.calendar.clone())
    }

    pub fn id<I: Id>(&mut self) -> I {
        self.made += 1;
        I::from(Uuid::from_u128(self.made))
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now.plus(Duration::from_secs(seconds));
    }

    pub fn policy(&self, code: &str) -> &Policy {
        self.policies.iter().find(|policy| policy.code == code).unwrap()
    }

    pub fn script(&self) -> Vec<Question> {
        self.policy("complaint_closed").rule.script.clone()
    }

    /// A complaint that was closed now: person 2 handled it, person 3 answered for it.
    pub fn closed_complaint(&self) -> Occurrence {
        Occurrence {
            occasion: Occasion::ComplaintClosed,
            at: self.now,
            customer: Uuid::from_u128(0x77).into(),
            branch: None,
            department: Some(department()),
            subject: Some(ticket()),
            episode: 1,
            handlers: Handlers { handler: Some(person(2)), owner: Some(person(3)) },
        }
    }

    /// A revisit that the policy of closed complaints owes, open now.
    pub fn open(&mut self) -> Revisit {
        let (id, what) = (self.id(), self.closed_complaint());
        let policy = self.policy("complaint_closed");
        Revisit::owe(&self.context(), id, policy, &what, &self.calendar, None).unwrap().0
    }

    /// The same, answered.
    pub fn answered(&mut self, said: Answers) -> Revisit {
        let revisit = self.open();
        revisit.answered(&self.context(), said, &self.script(), &reach(ZONE)).unwrap().0
    }
}

pub fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

pub fn department() -> DepartmentId {
    DepartmentId::from(Uuid::from_u128(0x55))
}

pub fn ticket() -> String {
    kefu_kernel::id::encode("ticket", Uuid::from_u128(0x66))
}

/// The moment at which the desk's wall clock shows this.
pub fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    let (hours, minutes) = time.split_once(':').unwrap();
    let seconds = hours.parse::<u64>().unwrap() * 3600 + minutes.parse::<u64>().unwrap() * 60;
    let midnight = Zone::named(ZONE).unwrap().start_of(day.parse().unwrap());
    midnight.plus(Duration::from_secs(seconds))
}

/// A customer who lives there and rests from 21:00 to 08:00.
pub fn reach(zone: &str) -> Reach {
    Reach { zone: Zone::named(zone).unwrap(), quiet: QuietHours::new(21 * 60, 8 * 60).unwrap() }
}

/// A try by phone.
pub fn tried(outcome: Outcome) -> Try {
    let (channel, note) = (Channel::Phone, "rang".into());
    Try { channel, outcome, reschedule_to: None, note, call: None }
}

/// The same, put off.
pub fn put_off(to: Timestamp) -> Try {
    Try { reschedule_to: Some(to), ..tried(Outcome::Rescheduled) }
}

/// What a satisfied customer says.
pub fn satisfied() -> Answers {
    Answers {
        channel: Channel::Phone,
        verdict: Verdict::Satisfied,
        answers: [("solved".to_owned(), "yes".to_owned())].into(),
        opinions: Vec::new(),
        promises: Vec::new(),
        note: String::new(),
        call: None,
    }
}

pub fn opinion(kind: OpinionKind) -> NewOpinion {
    NewOpinion { kind, cause: String::new(), text: "Well.".into() }
}

/// Short names of events, in order.
pub fn names(events: &[NewEvent]) -> Vec<&str> {
    events.iter().map(|event| event.type_name.rsplit('.').next().unwrap()).collect()
}

/// The only event of this kind.
pub fn only<P: Message + Name + Default>(events: &[NewEvent]) -> P {
    let found: Vec<_> = events.iter().filter(|event| event.type_name == P::full_name()).collect();
    let [event] = found.as_slice() else { panic!("one of {:?}", names(events)) };
    P::decode(event.payload.as_slice()).unwrap()
}

/// What became of the deadlines with an event.
pub fn became(event: &NewEvent) -> Vec<(events::ClockKind, events::ClockChangeKind)> {
    let any = events::AnyRevisitEvent::decode(event.payload.as_slice()).unwrap();
    let changes = any.clock_changes.iter();
    changes.map(|change| (change.clock.as_ref().unwrap().kind(), change.kind())).collect()
}
