//! Which event of which service makes which entry of a customer's timeline. Pure: an event goes in, an entry
//! comes out, or nothing.
//!
//! Whatever changed something that a customer would call happening makes an entry; changes of fields, warnings
//! before a deadline and what is only noted among staff make none. Entries hold ids and codes, never texts.

#[cfg(test)]
mod tests;

use kefu_api_events::v1::{
    self as events, ClaimFacts, CreditFacts, CustomerFacts, FollowUpFacts, OrderFacts,
    RevisitFacts, ShipmentFacts, TicketFacts, TraceFacts,
};
use kefu_api_events::{Facts, Step};
use kefu_kernel::id::Uuid;
use kefu_kernel::{Recorded, Timestamp};
use prost::Message;

use crate::domain::ids::CustomerId;
use kefu_api_events::Channel;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The event it is known from.
    pub event_id: Uuid,
    /// The service it happened in.
    pub service: String,
    /// What happened: the event's short name.
    pub kind: String,
    /// What it happened to: an id.
    pub subject: String,
    /// Whose it is, where the event tells.
    pub customer: Option<CustomerId>,
    /// When it happened: when it was recorded; of something that came into being elsewhere, when it did.
    pub happened_at: Timestamp,
    /// Who did it: a principal's id.
    pub actor: String,
    /// The state that it led to, as its service codes it; empty where it led to none.
    pub state: String,
    /// By which way it came or went.
    pub channel: Option<Channel>,
    /// Imported history.
    pub historic: bool,
}

/// Names of events that make no entry, and the ends of such names.
const SILENT: [&str; 5] =
    ["TicketNoted", "TicketAssigned", "TicketLinked", "TicketUnlinked", "ClaimPosted"];
const SILENT_ENDS: [&str; 3] = ["Updated", "ClockWarned", "Erased"];

/// What an event means for timelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What it happened to: an id.
    pub subject: String,
    /// Whose that is now, where it is another's than before the event: everything told of it is theirs.
    pub moved: Option<Option<CustomerId>>,
    /// The entry that it makes; none where it makes none.
    pub entry: Option<Entry>,
}

/// What an event means for timelines; none where its service tells no customers of its subject.
pub fn told(event: &Recorded) -> Option<Told> {
    match event.aggregate_type.as_str() {
        "ticket" => of::<TicketFacts>(event, State::Code("state")),
        "order" => of::<OrderFacts>(event, State::Word("state", "ORDER_STATE_")),
        "follow_up" => of::<FollowUpFacts>(event, State::Word("state", "FOLLOW_UP_STATE_")),
        "shipment" => of::<ShipmentFacts>(event, State::Word("status", "SHIPMENT_STATUS_")),
        "trace" => of::<TraceFacts>(event, State::Word("state", "TRACE_STATE_")),
        "claim" => of::<ClaimFacts>(event, State::Word("state", "CLAIM_STATE_")),
        "revisit" => of::<RevisitFacts>(event, State::Word("state", "REVISIT_STATE_")),
        "customer" => of::<CustomerFacts>(event, State::Word("stage", "LIFECYCLE_STAGE_")),
        "credit" => of::<CreditFacts>(event, State::None),
        _ => None,
    }
}

/// Where the facts tell a state.
#[derive(Clone, Copy)]
enum State {
    /// Nowhere.
    None,
    /// In this field, as a code.
    Code(&'static str),
    /// In this field, as a word of a list whose names begin so.
    Word(&'static str, &'static str),
}

impl State {
    fn of(self, facts: &impl Facts) -> String {
        match self {
            Self::None => String::new(),
            Self::Code(field) => facts.text(field).unwrap_or_default(),
            Self::Word(field, prefix) => word(&facts.text(field).unwrap_or_default(), prefix),
        }
    }
}

fn of<F: Facts>(event: &Recorded, state: State) -> Option<Told> {
    let step: Step<F> = Step::read(&event.payload).ok()?;
    let customer = owner(&step.id, &step.after)?;
    let before = step.before.as_ref().and_then(|before| owner(&step.id, before));
    let moved = before.is_some_and(|before| before != customer);
    Some(Told {
        entry: makes_entry(event.name()).then(|| entry(event, &step, customer, state)),
        moved: moved.then_some(customer),
        subject: step.id,
    })
}

/// Whose a subject is: the customer that its facts tell, or the customer itself. None where they tell of none.
fn owner(id: &str, facts: &impl Facts) -> Option<Option<CustomerId>> {
    let told = facts.text("customer_id").map(|customer| customer.parse().ok());
    told.or_else(|| id.parse().ok().map(Some))
}

fn makes_entry(name: &str) -> bool {
    !SILENT.contains(&name) && !SILENT_ENDS.iter().any(|end| name.ends_with(end))
}

fn entry<F: Facts>(
    event: &Recorded,
    step: &Step<F>,
    customer: Option<CustomerId>,
    state: State,
) -> Entry {
    let (before, after) = (step.before.as_ref(), &step.after);
    let led_to = state.of(after);
    let changed = before.is_none_or(|before| state.of(before) != led_to);
    let began = before.is_none().then(|| after.text("created_at")).flatten();
    let came = before.is_none().then(|| after.text("channel")).flatten();
    Entry {
        event_id: event.event_id,
        service: event.service.clone(),
        kind: event.name().to_owned(),
        customer,
        subject: step.id.clone(),
        happened_at: began.and_then(|at| instant(&at)).unwrap_or(event.recorded_at),
        actor: event.actor.clone(),
        state: if changed { led_to } else { String::new() },
        channel: own_channel(event).or_else(|| came.and_then(|name| channel(&name))),
        historic: event.historic,
    }
}

/// The channel that an event tells of itself, beside what it tells of its subject.
fn own_channel(event: &Recorded) -> Option<Channel> {
    fn read<P: Message + Default>(event: &Recorded, of: impl Fn(P) -> i32) -> Option<Channel> {
        let channel = of(P::decode(event.payload.as_slice()).ok()?);
        events::Channel::try_from(channel).ok()?.try_into().ok()
    }
    match event.name() {
        "TicketReplied" => read(event, |told: events::TicketReplied| told.channel),
        "TicketCustomerReplied" => read(event, |told: events::TicketCustomerReplied| told.channel),
        "ComplaintAcknowledged" => read(event, |told: events::ComplaintAcknowledged| told.channel),
        "ComplaintDecisionTold" => read(event, |told: events::ComplaintDecisionTold| told.channel),
        "CustomerConsentRecorded" => {
            read(event, |told: events::CustomerConsentRecorded| told.channel)
        }
        "RevisitAttempted" => read(event, |told: events::RevisitAttempted| told.channel),
        "RevisitAnswered" => read(event, |told: events::RevisitAnswered| told.channel),
        "TraceClosed" => read(event, |told: events::TraceClosed| told.channel),
        "ClaimAcknowledged" => read(event, |told: events::ClaimAcknowledged| told.channel),
        "ClaimOfferAccepted" => read(event, |told: events::ClaimOfferAccepted| told.channel),
        _ => None,
    }
}

fn channel(name: &str) -> Option<Channel> {
    events::Channel::from_str_name(name)?.try_into().ok()
}

/// A word of the wire as services code it: `open` for `REVISIT_STATE_OPEN`; nothing where it is not told.
fn word(name: &str, prefix: &str) -> String {
    match name.strip_prefix(prefix) {
        Some("UNSPECIFIED") | None => String::new(),
        Some(word) => word.to_lowercase(),
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    let at: prost_types::Timestamp = text.parse().ok()?;
    Some(kefu_api_events::wire::instant(&at))
}
