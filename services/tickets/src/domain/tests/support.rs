//! A desk to test at: rules, a clock that tests move, ids, and short forms.

use std::sync::Arc;
use std::time::Duration;

use kefu_api_events::v1 as events;
use kefu_kernel::calendar::CalendarSpec;
use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Calendar, Calendars, Id, NewEvent, Timestamp, Zone};
use prost::{Message, Name};
use uuid::Uuid;

use crate::domain::policies::Policies;
use crate::domain::rules::{Context, Rules};
use crate::domain::ticket::{Decision, Move, New, Requester, TicketClock};
use crate::domain::types::TicketTypes;
use crate::domain::words::{Channel, ClockKind, Level};
use crate::domain::{Error, Ticket};

/// The zone of the desk's calendar.
pub const ZONE: &str = "Asia/Shanghai";

/// A desk with the shipped types and policies, open Monday to Friday 09:00–18:00 in Shanghai. It begins on
/// Monday, 23 November 2026 at 10:00.
pub struct Desk {
    pub rules: Rules,
    pub calendars: Arc<Calendars>,
    pub now: Timestamp,
    made: u128,
}

impl Desk {
    pub fn new() -> Self {
        let types = TicketTypes::shipped().unwrap();
        let policies = Policies::shipped().unwrap();
        let rules = Rules::new(types, policies).unwrap();
        let calendars = Arc::new(Calendars::new(office(1)));
        Self { rules, calendars, now: at("2026-11-23 10:00"), made: 0 }
    }

    pub fn context(&self) -> Context<'_> {
        let calendars = Arc::clone(&self.calendars);
        Context { rules: &self.rules, calendars, now: self.now, actor: "person_agent" }
    }

    pub fn id<I: Id>(&mut self) -> I {
        self.made += 1;
        I::from(Uuid::from_u128(self.made))
    }

    /// Time passes.
    pub fn pass(&mut self, minutes: u64) {
        self.now = self.now.plus(Duration::from_secs(minutes * 60));
    }

    /// What is known of a new ticket of a type.
    pub fn about(&mut self, kind: &str, channel: Channel) -> New {
        New {
            id: self.id(),
            number: i64::try_from(self.made).unwrap(),
            kind: kind.into(),
            channel,
            source: "customer_line".into(),
            external_id: None,
            subject: "The parcel came open".into(),
            description: "It was raining, too.".into(),
            requester: Requester { name: "Li Wei".into(), ..Requester::default() },
            language: "zh".into(),
            cause: String::new(),
            impact: Level::Medium,
            urgency: Level::Medium,
            branch: None,
            department: None,
            assignee: None,
            call: None,
            fields: Fields::new(),
        }
    }

    /// A ticket that nobody has taken up.
    pub fn fresh(&mut self, kind: &str, channel: Channel) -> Ticket {
        let new = self.about(kind, channel);
        Ticket::create(&self.context(), new).unwrap().0
    }

    /// A ticket that somebody works on.
    pub fn open(&mut self, kind: &str, channel: Channel) -> Ticket {
        let ticket = self.fresh(kind, channel);
        let person = self.id();
        ticket.assign(&self.context(), Some(person)).unwrap().0
    }

    /// The same, solved.
    pub fn solved(&mut self, kind: &str, channel: Channel) -> Ticket {
        let ticket = self.open(kind, channel);
        self.go(&ticket, solve(kind)).unwrap().0
    }

    /// The same, closed.
    pub fn closed(&mut self, kind: &str, channel: Channel) -> Ticket {
        let ticket = self.solved(kind, channel);
        self.go(&ticket, to("closed")).unwrap().0
    }

    /// To another state, by a caller who holds every permission.
    pub fn go(&self, ticket: &Ticket, to: Move) -> Decision {
        ticket.transition(&self.context(), to, &|_| true)
    }
}

/// The office's calendar, in one of its states: from the second on, 24 November is a holiday.
pub fn office(revision: u32) -> Calendar {
    let holiday = if revision == 1 { "" } else { "{ date = '2026-11-24', name = 'Founding Day' }" };
    let spec: CalendarSpec = toml::from_str(&format!(
        "code = 'office'\nrevision = {revision}\ntime_zone = '{ZONE}'\nspecial_days = [{holiday}]\n\
         [week]\nmonday = ['09:00-18:00']\ntuesday = ['09:00-18:00']\nwednesday = ['09:00-18:00']\n\
         thursday = ['09:00-18:00']\nfriday = ['09:00-18:00']\n"
    ))
    .unwrap();
    Calendar::new(spec).unwrap()
}

/// The moment at which the desk's wall clock shows this.
pub fn at(text: &str) -> Timestamp {
    let (day, time) = text.split_once(' ').unwrap();
    let (hours, minutes) = time.split_once(':').unwrap();
    let seconds = hours.parse::<u64>().unwrap() * 3600 + minutes.parse::<u64>().unwrap() * 60;
    let midnight = Zone::named(ZONE).unwrap().start_of(day.parse().unwrap());
    midnight.plus(Duration::from_secs(seconds))
}

/// To a state, with nothing else.
pub fn to(state: &str) -> Move {
    Move { state: state.into(), ..Move::default() }
}

/// To `solved`, with everything that the type asks for.
pub fn solve(kind: &str) -> Move {
    let choice = |code: &str, value: &str| (code.to_owned(), FieldValue::Choice(value.into()));
    let fields: Fields = match kind {
        "complaint" => [choice("justified", "yes")].into(),
        "suggestion" => [choice("verdict", "accepted")].into(),
        _ => Fields::new(),
    };
    let (cause, resolution) = ("packaging".into(), "refunded".into());
    Move { cause, resolution, fields, ..to("solved") }
}

/// Short names of events, in order.
pub fn names(events: &[NewEvent]) -> Vec<&str> {
    events.iter().map(|event| event.type_name.rsplit('.').next().unwrap()).collect()
}

/// The only event of this kind.
pub fn only<P: Message + Name + Default>(events: &[NewEvent]) -> P {
    let name = P::full_name();
    let mut found = events.iter().filter(|event| event.type_name == name);
    let event = found.next().unwrap_or_else(|| panic!("no {name} among {:?}", names(events)));
    assert!(found.next().is_none(), "more than one {name}");
    P::decode(event.payload.as_slice()).unwrap()
}

/// What all ticket events have in common, of each of them.
pub fn common(events: &[NewEvent]) -> Vec<events::AnyTicketEvent> {
    let any = |event: &NewEvent| events::AnyTicketEvent::decode(event.payload.as_slice()).unwrap();
    events.iter().map(any).collect()
}

/// What became of the clocks with an event.
pub fn became(event: &events::AnyTicketEvent) -> Vec<(events::ClockKind, events::ClockChangeKind)> {
    let changes = event.clock_changes.iter();
    changes.map(|change| (change.clock.as_ref().unwrap().kind(), change.kind())).collect()
}

/// The latest clock of a kind.
pub fn clock(ticket: &Ticket, kind: ClockKind) -> &TicketClock {
    ticket.clocks.iter().rfind(|clock| clock.kind == kind).unwrap()
}

/// Why a verb said no.
pub fn refused(decision: Decision) -> Error {
    decision.unwrap_err()
}
