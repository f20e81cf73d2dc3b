//! Facts: what is true of an aggregate, told by each of its events whole, with what of it was otherwise before.
//!
//! The payload carries the new facts and of the former ones only those that changed; here one is made of the
//! other. What is particular to a kind of aggregate is generated from the protos.

use prost::{DecodeError, Message, Name};
use prost_types::Timestamp;

use crate::v1::ClockChange;

/// What is true of one kind of aggregate: everything that lists, views, boards and reports count by.
pub trait Facts: Clone + Default + PartialEq + Send + Sync + Sized + 'static {
    /// The former value of each fact that changed.
    type Former: Clone + Default + PartialEq + Send + Sync + 'static;

    /// What of `before` is not so `now`.
    fn former(before: &Self, now: &Self) -> Self::Former;

    /// The facts that were true before, from these, which are true now.
    fn before(&self, former: &Self::Former) -> Self;

    /// One fact as text, for people; none where there is no such.
    fn text(&self, field: &str) -> Option<String>;

    /// Reads what all events of the aggregate have in common.
    ///
    /// # Errors
    ///
    /// Where the payload is not one of them.
    fn read(payload: &[u8]) -> Result<Told<Self>, DecodeError>;
}

/// An event of an aggregate that has facts.
pub trait FactsEvent: Message + Name + Default {
    /// The facts of its aggregate.
    type Facts: Facts;

    /// Sets what all events of the aggregate have in common.
    fn fill(&mut self, told: Told<Self::Facts>);
}

/// What all events of an aggregate have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Told<F: Facts> {
    /// The aggregate's id, in its text form.
    pub id: String,
    /// What is true now.
    pub facts: F,
    /// What was otherwise before; none: the event created it.
    pub former: Option<F::Former>,
    /// What became of its clocks, where it has such.
    pub clock_changes: Vec<ClockChange>,
}

/// What one event did to an aggregate, for folds that take the old away and add the new.
#[derive(Clone, Debug, PartialEq)]
pub struct Step<F> {
    /// The aggregate's id, in its text form.
    pub id: String,
    /// What was true before; none: the event created it.
    pub before: Option<F>,
    /// What is true now.
    pub after: F,
}

impl<F: Facts> Step<F> {
    /// Reads the payload of any event of the aggregate.
    ///
    /// # Errors
    ///
    /// Where the payload is not one of them.
    pub fn read(payload: &[u8]) -> Result<Self, DecodeError> {
        let told = F::read(payload)?;
        let before = told.former.map(|former| told.facts.before(&former));
        Ok(Self { id: told.id, before, after: told.facts })
    }
}

/// A fact that is more than a word or number, as text.
pub trait FactText {
    /// The text.
    fn text(&self) -> String;
}

impl FactText for Timestamp {
    fn text(&self) -> String {
        kefu_api_common::wire::instant(self).to_string()
    }
}

impl FactText for kefu_api_common::v1::Money {
    fn text(&self) -> String {
        format!("{} {}", self.minor_units, self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::v1::{TicketCreated, TicketFacts, TicketUpdated};

    fn texts() -> impl Strategy<Value = [String; 8]> {
        proptest::array::uniform8("[a-c]{0,2}")
    }

    fn times() -> impl Strategy<Value = [Option<Timestamp>; 4]> {
        let time = (1..4_i64).prop_map(|seconds| Timestamp { seconds, nanos: 0 });
        proptest::array::uniform4(option::of(time))
    }

    prop_compose! {
        fn facts()(
            [kind, state, source, cause, department_id, branch_id, assignee_id, owner_id] in texts(),
            [created_at, due_at, solved_at, closed_at] in times(),
            [category, channel, priority, episode] in proptest::array::uniform4(0..3_i32),
            breached: bool,
        ) -> TicketFacts {
            TicketFacts {
                r#type: kind, state, category, channel, source, priority, cause, department_id,
                branch_id, assignee_id, owner_id, created_at, due_at, solved_at, closed_at, breached,
                episode,
            }
        }
    }

    fn told(facts: &TicketFacts, before: Option<&TicketFacts>) -> Told<TicketFacts> {
        let former = before.map(|before| TicketFacts::former(before, facts));
        let id = "ticket_x".to_owned();
        Told { id, facts: facts.clone(), former, clock_changes: Vec::new() }
    }

    fn step(
        event: &mut impl FactsEvent<Facts = TicketFacts>,
        told: Told<TicketFacts>,
    ) -> Step<TicketFacts> {
        event.fill(told);
        Step::read(&event.encode_to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn an_event_tells_both_what_was_and_what_is(before in facts(), after in facts()) {
            let step = step(&mut TicketUpdated::default(), told(&after, Some(&before)));
            prop_assert_eq!(step.before, Some(before));
            prop_assert_eq!(step.after, after);
        }

        #[test]
        fn what_did_not_change_is_not_repeated(facts in facts()) {
            prop_assert_eq!(TicketFacts::former(&facts, &facts), Default::default());
            let step = step(&mut TicketUpdated::default(), told(&facts, Some(&facts)));
            prop_assert_eq!(step.before, Some(facts));
        }

        #[test]
        fn a_created_ticket_was_nothing_before(facts in facts(), number in 0..9_i64) {
            let mut created = TicketCreated { number, ..Default::default() };
            let step = step(&mut created, told(&facts, None));
            prop_assert_eq!((step.before, step.after), (None, facts));
        }
    }

    #[test]
    fn a_fact_is_told_as_text() {
        let facts = TicketFacts {
            state: "open".into(),
            channel: 1,
            created_at: Some(Timestamp { seconds: 0, nanos: 0 }),
            ..TicketFacts::default()
        };
        assert_eq!(facts.text("state").as_deref(), Some("open"));
        assert_eq!(facts.text("channel").as_deref(), Some("CHANNEL_PHONE"));
        assert_eq!(facts.text("due_at").as_deref(), Some(""));
        assert_eq!(facts.text("created_at").as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(facts.text("nothing"), None);
    }
}
