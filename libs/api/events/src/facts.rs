//! A ticket's facts before and after an event. The payload carries the new ones whole and of the
//! former ones only those that changed; here one is made of the other.

use prost::Message;
use prost_types::Timestamp;

use crate::v1::{AnyTicketEvent, FormerTicketFacts, TicketCreated, TicketFacts};

/// What one event did to a ticket, for folds that take the old away and add the new.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketStep {
    /// The ticket, `ticket_…`.
    pub ticket_id: String,
    /// What was true before; none: the event created it.
    pub before: Option<TicketFacts>,
    /// What is true now.
    pub after: TicketFacts,
}

impl TicketStep {
    /// Reads the payload of any event of a ticket.
    pub fn read(type_name: &str, payload: &[u8]) -> Result<Self, prost::DecodeError> {
        let event = AnyTicketEvent::decode(payload)?;
        let after = event.facts.unwrap_or_default();
        let created = type_name == <TicketCreated as prost::Name>::full_name();
        let before = (!created).then(|| event.former.unwrap_or_default().restored(&after));
        Ok(Self { ticket_id: event.ticket_id, before, after })
    }
}

/// Both directions, from one list of fields: those that are plain, and those that are times.
macro_rules! facts {
    (plain: $($plain:ident)+; times: $($time:ident)+) => {
        impl FormerTicketFacts {
            /// What of `before` is not so `after`; none where all is.
            pub fn between(before: &TicketFacts, after: &TicketFacts) -> Option<Self> {
                let former = Self {
                    $($plain: (before.$plain != after.$plain).then(|| before.$plain.clone()),)+
                    $($time: (before.$time != after.$time).then(|| before.$time.unwrap_or_default()),)+
                };
                (before != after).then_some(former)
            }

            /// The facts that were true before, from those that are true now.
            pub fn restored(&self, now: &TicketFacts) -> TicketFacts {
                TicketFacts {
                    $($plain: self.$plain.clone().unwrap_or_else(|| now.$plain.clone()),)+
                    $($time: self.$time.map_or(now.$time, set),)+
                }
            }
        }
    };
}

facts! {
    plain: r#type state category channel source priority cause department_id branch_id assignee_id
        owner_id breached episode;
    times: created_at due_at solved_at closed_at
}

/// A former time; the epoch stands for none.
fn set(time: Timestamp) -> Option<Timestamp> {
    (time != Timestamp::default()).then_some(time)
}

#[cfg(test)]
mod tests {
    use proptest::option;
    use proptest::prelude::*;

    use super::*;
    use crate::v1::TicketUpdated;

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

    fn step(before: &TicketFacts, after: &TicketFacts) -> TicketStep {
        let event = TicketUpdated {
            ticket_id: "ticket_x".into(),
            facts: Some(after.clone()),
            former: FormerTicketFacts::between(before, after),
            ..TicketUpdated::default()
        };
        let event = crate::event(&event, ["cause"]);
        assert_eq!(event.changed, ["cause"]);
        TicketStep::read(&event.type_name, &event.payload).unwrap()
    }

    proptest! {
        #[test]
        fn an_event_tells_both_what_was_and_what_is(before in facts(), after in facts()) {
            let step = step(&before, &after);
            prop_assert_eq!(step.before, Some(before));
            prop_assert_eq!(step.after, after);
        }

        #[test]
        fn what_did_not_change_is_not_repeated(facts in facts()) {
            prop_assert_eq!(FormerTicketFacts::between(&facts, &facts), None);
            prop_assert_eq!(step(&facts, &facts).before, Some(facts));
        }

        #[test]
        fn a_created_ticket_was_nothing_before(facts in facts(), number in 0..9_i64) {
            let created = TicketCreated { facts: Some(facts.clone()), number, ..Default::default() };
            let event = crate::event(&created, ["type"]);
            let step = TicketStep::read(&event.type_name, &event.payload).unwrap();
            prop_assert_eq!((step.before, step.after), (None, facts));
        }
    }
}
