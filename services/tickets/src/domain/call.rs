//! A telephone call, folded from what a telephone system tells of it: it rings, somebody answers, it is
//! over.
//!
//! What is told may come late, twice or in another order than it happened. So a call keeps the three
//! facts, and everything else (how it stands, its clock, whether the caller gave up) follows from them
//! and from when they happened, not from when they were told. Facts that contradict each other are
//! refused.

use std::time::Duration;

use kefu_api_events::{Subject as Told, Tale, clock_at, v1 as events, wire};
use kefu_kernel::clock::{Clock, Happening};
use kefu_kernel::{Calendars, Head, Id, NewEvent, Timestamp, id};

use super::error::Error;
use super::ids::{BranchId, CallId, PersonId};
use super::policies::{Matter, Subject};
use super::rules::Context;
use super::ticket::TicketClock;
use super::words::{Channel, ClockKind, Priority};

/// How far a telephone system's clock may be ahead of ours.
const TOLERANCE: Duration = Duration::from_secs(60);

/// One telephone call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Identity, version, branch of the line; `created_at` is when it was first told of.
    pub head: Head,
    /// The telephone system that told of it.
    pub exchange: String,
    /// Its id there; unique with the exchange.
    pub external_id: String,
    /// That it rang; none while only a later event has been told.
    pub ring: Option<Ring>,
    /// That somebody answered.
    pub answer: Option<Answer>,
    /// That it is over.
    pub hang_up: Option<HangUp>,
    /// The clock of its answer; none before the ring is told, and where no policy asks for one.
    pub clock: Option<TicketClock>,
}

/// It rang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// When.
    pub at: Timestamp,
    /// The line that was called.
    pub line: String,
    /// The caller's number in E.164; empty: withheld. Personal data.
    pub caller_phone: String,
    /// The branch of the line.
    pub branch: Option<BranchId>,
}

/// Somebody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub agent: PersonId,
}

/// It is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HangUp {
    /// When.
    pub at: Timestamp,
    /// Whether the caller hung up, and not the agent.
    pub by_caller: bool,
}

/// What a telephone system tells of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallEvent {
    /// It rings.
    Ring(Ring),
    /// Somebody answered.
    Answer(Answer),
    /// It is over.
    HangUp(HangUp),
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallState {
    /// Nobody has answered yet.
    Ringing,
    /// Somebody talks with the caller.
    Answered,
    /// It was answered and is over.
    Ended,
    /// The caller hung up unanswered.
    Abandoned,
}

/// What an event comes to: the call as it becomes, and the events that tell of it. No events: it was
/// known already.
pub type CallDecision = Result<(Call, Vec<NewEvent>), Error>;

impl CallState {
    /// Its stable name, as tables and filters spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Ended => "ended",
            Self::Abandoned => "abandoned",
        }
    }
}

impl Call {
    /// A call of which nothing is told yet; [`Call::record`] the first event next.
    pub fn unknown(id: CallId, exchange: &str, external_id: &str, now: Timestamp) -> Self {
        Self {
            head: Head::new(id.uuid(), None, now),
            exchange: exchange.to_owned(),
            external_id: external_id.to_owned(),
            ring: None,
            answer: None,
            hang_up: None,
            clock: None,
        }
    }

    /// Takes in an event. What is known already changes nothing; what contradicts it is refused.
    pub fn record(&self, context: &Context<'_>, event: CallEvent) -> CallDecision {
        if event.at() > context.now.plus(TOLERANCE) {
            return Err(Error::invalid("at", "in_future", "is later than now"));
        }
        // A breach comes before what ends it.
        let (mut call, mut tale) =
            self.tell_until(context, event.at().minus(Duration::from_millis(1)))?;
        let new = match event {
            CallEvent::Ring(ring) => learn(&mut call.ring, ring)?,
            CallEvent::Answer(answer) => learn(&mut call.answer, answer)?,
            CallEvent::HangUp(hang_up) => learn(&mut call.hang_up, hang_up)?,
        };
        if !new {
            return Ok((self.clone(), Vec::new()));
        }
        call.check_order()?;
        call.head.branch = call.ring.as_ref().and_then(|ring| ring.branch).map(Id::uuid);
        call.rebuild_clock(context)?;
        call.tell(self, context, &mut tale)?;
        Ok((call, tale.into_events()))
    }

    /// Tells that it was not answered in time, once. What a durable timer calls at [`Call::wakes_at`];
    /// safe to call twice and early.
    pub fn fire_clock(&self, context: &Context<'_>) -> CallDecision {
        let (call, tale) = self.tell_until(context, context.now)?;
        Ok((call, tale.into_events()))
    }

    /// Its id.
    pub fn id(&self) -> CallId {
        CallId::from(self.head.id)
    }

    /// How it stands.
    pub fn state(&self) -> CallState {
        match (&self.answer, &self.hang_up) {
            (None, None) => CallState::Ringing,
            (Some(_), None) => CallState::Answered,
            (Some(_), Some(_)) => CallState::Ended,
            (None, Some(_)) => CallState::Abandoned,
        }
    }

    /// How long the caller waited, so far or in all; none while it is not known when it rang.
    pub fn waited(&self, now: Timestamp) -> Duration {
        let end = self.answer.map(|answer| answer.at).or(self.hang_up.map(|end| end.at));
        self.ring.as_ref().map_or(Duration::ZERO, |ring| end.unwrap_or(now).since(ring.at))
    }

    /// How long they talked; none before the end.
    pub fn talked(&self) -> Duration {
        match (self.answer, self.hang_up) {
            (Some(answer), Some(end)) => end.at.since(answer.at),
            _ => Duration::ZERO,
        }
    }

    /// Whether it was not answered in time.
    pub fn is_breached(&self) -> bool {
        self.clock.as_ref().is_some_and(|clock| clock.breached_at.is_some())
    }

    /// When its clock will next have something to tell; none while nothing can happen.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.clock.as_ref().and_then(|clock| clock.next).map(|rung| rung.at)
    }

    fn tell_until(
        &self,
        context: &Context<'_>,
        until: Timestamp,
    ) -> Result<(Self, Tale<Self>), Error> {
        let mut call = self.clone();
        let calendars = &*context.calendars;
        let known = self.ring.is_some() || self.answer.is_some() || self.hang_up.is_some();
        let mut tale = if known { Tale::of(self) } else { Tale::of_new() };
        if let Some(clock) = &mut call.clock
            && !clock.tell(until, calendars)?.is_empty()
        {
            let clock = Some(clock_at(clock, calendars, context.now)?);
            let payload = events::CallClockBreached { clock, ..Default::default() };
            tale.tell(&call, Vec::new(), payload);
        }
        Ok((call, tale))
    }

    fn check_order(&self) -> Result<(), Error> {
        let ring = self.ring.as_ref().map(|ring| ring.at);
        let answer = self.answer.map(|answer| answer.at);
        let end = self.hang_up.map(|end| end.at);
        let times: Vec<Timestamp> = [ring, answer, end].into_iter().flatten().collect();
        if times.is_sorted() {
            return Ok(());
        }
        Err(Error::CallEventRefused {
            why: "it is not answered before it rings, nor after its end",
        })
    }

    /// Makes the clock of what is known. A breach that was told stays told, unless an answer in time has
    /// come to light since.
    fn rebuild_clock(&mut self, context: &Context<'_>) -> Result<(), Error> {
        let Some(ring) = &self.ring else { return Ok(()) };
        let calendars = &*context.calendars;
        let mut clock = match &self.clock {
            Some(known) => TicketClock {
                clock: Clock::start(ring.at, known.clock.target().clone()),
                breached_at: None,
                ..known.clone()
            },
            None => match Self::first_answer(ring, context)? {
                Some(clock) => clock,
                None => return Ok(()),
            },
        };
        let told = self.clock.as_ref().and_then(|known| known.breached_at);
        let end = self.answer.map(|answer| answer.at).or(self.hang_up.map(|end| end.at));
        if let Some(breach) = told.filter(|breach| end.is_none_or(|end| end > *breach)) {
            clock.tell(breach, calendars)?;
        }
        if let Some(end) = end {
            let abandoned = Happening::Cancelled { reason: "abandoned".to_owned() };
            let what = if self.answer.is_some() { Happening::Stopped } else { abandoned };
            clock.apply(end, what, calendars)?;
            clock.note_breach(end, calendars)?;
        }
        self.clock = Some(clock);
        Ok(())
    }

    fn first_answer(ring: &Ring, context: &Context<'_>) -> Result<Option<TicketClock>, Error> {
        let priority = Priority::Normal;
        let matter = Matter { of: Subject::Call, kind: "", channel: Channel::Phone, priority };
        let rules = context.rules;
        let Some(policy) = rules.policies().choose(ClockKind::FirstAnswer, &matter) else {
            return Ok(None);
        };
        let calendar = context.calendars.for_policy(policy.calendar.as_deref(), ring.branch)?;
        let clock = Clock::start(ring.at, policy.target(priority, calendar));
        let clock =
            TicketClock::start(ClockKind::FirstAnswer, 0, Vec::new(), clock, &context.calendars)?;
        Ok(Some(clock))
    }

    /// Tells what is known now and was not before.
    fn tell(
        &self,
        before: &Self,
        context: &Context<'_>,
        tale: &mut Tale<Self>,
    ) -> Result<(), Error> {
        let clock = self.event_clock(&context.calendars, context.now)?;
        let waited = Some(wire::duration(self.waited(context.now)));
        if before.ring != self.ring {
            let exchange = self.exchange.clone();
            let rang = events::CallRang { exchange, clock, ..Default::default() };
            tale.tell(self, Vec::new(), rang);
        } else if before.answer != self.answer {
            let answered = events::CallAnswered { waited, clock, ..Default::default() };
            tale.tell(self, Vec::new(), answered);
        } else {
            let talked = Some(wire::duration(self.talked()));
            let ended = events::CallEnded { waited, talked, clock, ..Default::default() };
            tale.tell(self, Vec::new(), ended);
        }
        Ok(())
    }

    fn event_clock(
        &self,
        calendars: &Calendars,
        now: Timestamp,
    ) -> Result<Option<events::Clock>, Error> {
        Ok(self.clock.as_ref().map(|clock| clock_at(clock, calendars, now)).transpose()?)
    }
}

impl Told for Call {
    type Facts = events::CallFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::CallFacts {
        let ring = self.ring.as_ref();
        let running = self.clock.as_ref().filter(|clock| !clock.clock.is_over());
        events::CallFacts {
            line: ring.map(|ring| ring.line.clone()).unwrap_or_default(),
            branch_id: id::text(ring.and_then(|ring| ring.branch)),
            agent_id: id::text(self.answer.map(|answer| answer.agent)),
            rang_at: ring.map(|ring| wire::timestamp(ring.at)),
            answered_at: self.answer.map(|answer| wire::timestamp(answer.at)),
            ended_at: self.hang_up.map(|end| wire::timestamp(end.at)),
            due_at: running.and_then(|clock| clock.due_at).map(wire::timestamp),
            breached: self.is_breached(),
            abandoned: self.state() == CallState::Abandoned,
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let told: [(bool, &[&str]); 5] = [
            (before.ring != now.ring, &["line", "caller_phone", "branch_id", "rang_at"]),
            (before.answer != now.answer, &["agent_id", "answered_at"]),
            (before.hang_up != now.hang_up, &["ended_at"]),
            (before.state() != now.state(), &["state"]),
            (before.clock != now.clock, &["clock"]),
        ];
        let changed = told.iter().filter(|(changed, _)| *changed).flat_map(|(_, names)| *names);
        changed.map(|name| (*name).to_owned()).collect()
    }
}

impl CallEvent {
    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Ring(ring) => ring.at,
            Self::Answer(answer) => answer.at,
            Self::HangUp(end) => end.at,
        }
    }
}

/// Keeps a fact. Answers whether it is new; another one in its place is a contradiction.
fn learn<T: PartialEq>(known: &mut Option<T>, told: T) -> Result<bool, Error> {
    match known {
        None => {
            *known = Some(told);
            Ok(true)
        }
        Some(before) if *before == told => Ok(false),
        Some(_) => Err(Error::CallEventRefused { why: "it was told otherwise before" }),
    }
}
