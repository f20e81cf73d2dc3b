//! What happened in the services that owes a revisit, or ends one that was owed. Imported history owes nothing.

use kefu_api_events::v1::{
    ClaimFacts, CustomerFacts, LifecycleStage, ShipmentFacts, StatusCategory, TicketFacts,
};
use kefu_api_events::{Facts, Step, wire};
use kefu_kernel::{Id, Recorded, Timestamp};

use crate::domain::ids::{BranchId, CustomerId, DepartmentId, PersonId};

use super::Handlers;
use super::policy::Policy;
use super::words::Occasion;

/// The type of tickets whose end is revisited.
const COMPLAINT: &str = "complaint";

/// Something that may owe a revisit, by the policies of its occasion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// What it is.
    pub occasion: Occasion,
    /// When it happened.
    pub at: Timestamp,
    /// The customer.
    pub customer: CustomerId,
    /// The branch of the matter.
    pub branch: Option<BranchId>,
    /// The department whose work it was.
    pub department: Option<DepartmentId>,
    /// The id of the ticket, shipment or claim; none: the customer itself.
    pub subject: Option<String>,
    /// The episode of that subject; 0 where it has none.
    pub episode: i32,
    /// Who handled it.
    pub handlers: Handlers,
}

/// Of what there is one revisit only, however often its event comes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The policy's code.
    pub policy: String,
    /// The id of the subject; the customer's where there is none.
    pub subject: String,
    /// The subject's episode.
    pub episode: i32,
}

/// What an event means for revisits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It may owe some.
    Owes(Occurrence),
    /// What was owed for this is not any more, unless the customer was reached.
    Ends {
        /// What it followed on.
        occasion: Occasion,
        /// The subject.
        subject: String,
        /// Its episode.
        episode: i32,
        /// Why: a code.
        reason: &'static str,
    },
}

/// What an event of any service means for revisits. `customer_of` tells whose a ticket is, by its id: its
/// events do not.
pub fn happened(
    event: &Recorded,
    customer_of: impl Fn(&str) -> Option<CustomerId>,
) -> Vec<Happened> {
    if event.historic {
        return Vec::new();
    }
    match event.aggregate_type.as_str() {
        "ticket" => read(event).map(|step| of_ticket(event, &step, customer_of)),
        "shipment" => read(event).map(|step| of_shipment(&step).into_iter().collect()),
        "claim" => read(event).map(|step| of_claim(event, &step).into_iter().collect()),
        "customer" => read(event).map(|step| of_customer(event, &step).into_iter().collect()),
        _ => None,
    }
    .unwrap_or_default()
}

/// The policies that owe a revisit for something. `holds` tells whether a policy's condition is met.
pub fn owed<'p>(
    policies: &'p [Policy],
    what: &'p Occurrence,
    holds: impl Fn(&Policy) -> bool,
) -> impl Iterator<Item = (&'p Policy, Key)> {
    let follows = move |policy: &&Policy| {
        let rule = &policy.rule;
        rule.active && rule.occasion == what.occasion && what.is_drawn(rule.share_percent)
    };
    let due = policies.iter().filter(follows).filter(move |policy| holds(policy));
    due.map(|policy| (policy, what.key(policy)))
}

impl Occurrence {
    fn key(&self, policy: &Policy) -> Key {
        let subject = self.subject.clone().unwrap_or_else(|| self.customer.to_string());
        Key { policy: policy.code.clone(), subject, episode: self.episode }
    }

    /// Whether it is among the `percent` that are revisited: by the random part of the subject's id, so that
    /// the same matter is always in or always out, and a greater share takes in all of a smaller.
    fn is_drawn(&self, percent: u8) -> bool {
        let of_subject = self.subject.as_deref().and_then(kefu_kernel::id::split);
        let id = of_subject.map_or_else(|| self.customer.uuid(), |(_, id)| id);
        let (_, random) = id.as_u64_pair();
        random % 100 < u64::from(percent)
    }
}

fn of_ticket(
    event: &Recorded,
    step: &Step<TicketFacts>,
    customer_of: impl Fn(&str) -> Option<CustomerId>,
) -> Vec<Happened> {
    let facts = &step.after;
    if facts.r#type != COMPLAINT {
        return Vec::new();
    }
    let active = |facts: &TicketFacts| {
        !matches!(facts.category(), StatusCategory::Solved | StatusCategory::Closed)
    };
    let closed = |facts: &TicketFacts| facts.category() == StatusCategory::Closed;
    let before = step.before.as_ref();
    let owes = |occasion| {
        Some(Happened::Owes(Occurrence {
            occasion,
            at: event.recorded_at,
            customer: customer_of(&step.id)?,
            branch: facts.branch_id.parse().ok(),
            department: facts.department_id.parse().ok(),
            subject: Some(step.id.clone()),
            episode: facts.episode,
            handlers: handlers(&facts.assignee_id, &facts.owner_id),
        }))
    };
    let ends = |occasion, episode, reason| {
        Some(Happened::Ends { occasion, subject: step.id.clone(), episode, reason })
    };
    let begins = active(facts) && before.is_none_or(|before| before.episode != facts.episode);
    let solved = !active(facts) && before.is_some_and(active);
    let over = closed(facts) && before.is_none_or(|before| !closed(before));
    let reopened = before.is_some_and(|before| before.episode < facts.episode);
    [
        reopened.then(|| ends(Occasion::ComplaintClosed, facts.episode - 1, "reopened")),
        begins.then(|| owes(Occasion::ComplaintOpen)),
        solved.then(|| ends(Occasion::ComplaintOpen, facts.episode, "solved")),
        over.then(|| owes(Occasion::ComplaintClosed)),
    ]
    .into_iter()
    .flatten()
    .flatten()
    .collect()
}

fn of_shipment(step: &Step<ShipmentFacts>) -> Option<Happened> {
    let facts = &step.after;
    let delivered_at = wire::instant(facts.delivered_at.as_ref()?);
    if step.before.as_ref().is_some_and(|before| before.delivered_at.is_some()) {
        return None;
    }
    Some(Happened::Owes(Occurrence {
        occasion: Occasion::Delivered,
        at: delivered_at,
        customer: facts.customer_id.parse().ok()?,
        branch: facts.branch_id.parse().ok(),
        department: None,
        subject: Some(step.id.clone()),
        episode: 0,
        handlers: Handlers::default(),
    }))
}

fn of_claim(event: &Recorded, step: &Step<ClaimFacts>) -> Option<Happened> {
    let facts = &step.after;
    if event.name() != "ClaimClosed" {
        return None;
    }
    Some(Happened::Owes(Occurrence {
        occasion: Occasion::ClaimClosed,
        at: event.recorded_at,
        customer: facts.customer_id.parse().ok()?,
        branch: facts.branch_id.parse().ok(),
        department: facts.department_id.parse().ok(),
        subject: Some(step.id.clone()),
        episode: facts.episode,
        handlers: handlers(&facts.handler_id, &facts.contact_id),
    }))
}

fn of_customer(event: &Recorded, step: &Step<CustomerFacts>) -> Option<Happened> {
    let member = |facts: &CustomerFacts| facts.stage() == LifecycleStage::Member;
    if !member(&step.after) || step.before.as_ref().is_some_and(member) {
        return None;
    }
    Some(Happened::Owes(Occurrence {
        occasion: Occasion::Member,
        at: event.recorded_at,
        customer: step.id.parse().ok()?,
        branch: step.after.branch_id.parse().ok(),
        department: None,
        subject: None,
        episode: 0,
        handlers: Handlers::default(),
    }))
}

fn handlers(handler: &str, owner: &str) -> Handlers {
    let person = |id: &str| id.parse::<PersonId>().ok();
    Handlers { handler: person(handler), owner: person(owner) }
}

fn read<F: Facts>(event: &Recorded) -> Option<Step<F>> {
    Step::read(&event.payload).ok()
}
