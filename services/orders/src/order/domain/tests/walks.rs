//! Random walks over every verb: whatever is done in whatever order, an order never reaches an illegal state,
//! and its events tell one story.

use kefu_api_events::{Facts, v1 as events};
use proptest::prelude::*;
use uuid::Uuid;

use super::super::words::{
    CheckKind, CheckResult, CreditRefusal, OrderState, PaymentKind, PaymentTerms,
};
use super::super::{Cancel, Confirm, CreditAnswer, Decision, Order, Patch};
use super::support::{cny, desk, draft, pay, stands, types};
use crate::domain::testing::check_events;
use crate::domain::words::ShipmentStatus;

/// Something that somebody does.
#[derive(Clone, Debug)]
enum Verb {
    Check(CheckKind, bool),
    CheckAll,
    Confirm { allowed: bool, may: bool },
    HandOver(u8),
    Cancel { may: bool },
    Pay(PaymentKind, i64),
    PayAll,
    Reverse(prop::sample::Index),
    Price(i64),
    Terms(Option<PaymentTerms>),
    Phone(u8),
    Remark(u8),
    Ship(u8, ShipmentStatus),
}

fn any_verb() -> impl Strategy<Value = Verb> {
    let kind = || prop::sample::select(CheckKind::ALL.to_vec());
    let paid = prop::sample::select(PaymentKind::ALL.to_vec());
    let terms = prop::option::of(prop::sample::select(PaymentTerms::ALL.to_vec()));
    let status = prop::sample::select(ShipmentStatus::ALL.to_vec());
    prop_oneof![
        1 => (kind(), any::<bool>()).prop_map(|(kind, passed)| Verb::Check(kind, passed)),
        4 => Just(Verb::CheckAll),
        5 => (any::<bool>(), any::<bool>()).prop_map(|(allowed, may)| Verb::Confirm { allowed, may }),
        4 => (0..2_u8).prop_map(Verb::HandOver),
        1 => any::<bool>().prop_map(|may| Verb::Cancel { may }),
        2 => (paid, 1..12_000_i64).prop_map(|(kind, minor)| Verb::Pay(kind, minor)),
        2 => Just(Verb::PayAll),
        1 => any::<prop::sample::Index>().prop_map(Verb::Reverse),
        1 => (0..20_000_i64).prop_map(Verb::Price),
        1 => terms.prop_map(Verb::Terms),
        1 => (0..3_u8).prop_map(Verb::Phone),
        1 => (0..3_u8).prop_map(Verb::Remark),
        4 => (0..3_u8, status).prop_map(|(id, status)| Verb::Ship(id, status)),
    ]
}

fn update(order: &Order, patch: Patch) -> Decision {
    order.update(&desk(), &types(), patch, &|_| true)
}

fn act(order: &Order, verb: &Verb, step: usize) -> Decision {
    let id = u128::try_from(step).unwrap() + 1_000;
    match verb {
        Verb::Check(kind, passed) => {
            let result = if *passed { CheckResult::Passed } else { CheckResult::Failed };
            order.record_check(&desk(), *kind, result, "Asked".into())
        }
        Verb::CheckAll => CheckKind::ALL.iter().try_fold(
            (order.clone(), Vec::new()),
            |(order, mut told), kind| {
                let (order, more) =
                    order.record_check(&desk(), *kind, CheckResult::Passed, String::new())?;
                told.extend(more);
                Ok((order, told))
            },
        ),
        Verb::Confirm { allowed, may } => {
            let refusals = if *allowed { Vec::new() } else { vec![CreditRefusal::Held] };
            let asked = order.credit_question();
            let credit =
                asked.map(|question| CreditAnswer { question, refusals, asked_at: desk().now });
            let with = Confirm { credit, override_reason: "known".into(), ..Confirm::default() };
            order.confirm(&desk(), &types(), with, &|_| *may)
        }
        Verb::HandOver(who) => {
            let department = Uuid::from_u128(21).into();
            order.hand_over(&desk(), Uuid::from_u128(u128::from(*who)).into(), department)
        }
        Verb::Cancel { may } => order.cancel(&desk(), &types(), Cancel::default(), &|_| *may),
        Verb::Pay(kind, minor) => pay(order, id, *kind, *minor),
        Verb::PayAll => {
            let open = order.open().map_or(1, |open| open.minor());
            pay(order, id, PaymentKind::Full, open)
        }
        Verb::Reverse(which) if !order.payments.is_empty() => {
            let id = which.get(&order.payments).id;
            order.reverse_payment(&desk(), &types(), id, "mistake", &|_| true)
        }
        Verb::Reverse(_) => Ok((order.clone(), Vec::new())),
        Verb::Price(minor) => update(order, Patch { price: Some(cny(*minor)), ..Patch::default() }),
        Verb::Terms(terms) => update(order, Patch { terms: Some(*terms), ..Patch::default() }),
        Verb::Phone(digit) => {
            let mut parties = order.parties.clone();
            parties[0].phone = format!("+861380000000{digit}");
            update(order, Patch { parties: Some(parties), ..Patch::default() })
        }
        Verb::Remark(text) => {
            update(order, Patch { instructions: Some(text.to_string()), ..Patch::default() })
        }
        Verb::Ship(..) if order.handed_over_at.is_none() => Err(order.refuses()),
        Verb::Ship(id, status) => order.progress(&desk(), stands::id(*id), stands::at(*status)),
    }
}

/// What holds of an order at all times.
fn check(order: &Order) {
    let known = types();
    let kind = known.get(&order.kind).unwrap();
    let (state, open) = (order.state, order.open());
    assert!(open.is_none_or(|open| open.minor() >= 0), "more is paid than it costs");
    let confirmed = !matches!(state, OrderState::Draft | OrderState::Cancelled);
    assert!(!confirmed || order.confirmed_at.is_some());
    assert_eq!(
        state == OrderState::Draft,
        order.confirmed_at.is_none() && state != OrderState::Cancelled
    );
    if state == OrderState::Confirmed {
        assert!(order.missing_checks(kind).is_empty() && order.missing_fields(kind).is_empty());
        let asked = order.credit_question();
        let answered = order.credit.as_ref();
        assert!(asked.is_none_or(|asked| {
            answered.is_some_and(|credit| {
                credit.answer.question == asked
                    && (credit.answer.is_allowed() || credit.overridden.is_some())
            })
        }));
    }
    let with_sales = confirmed && state != OrderState::Confirmed;
    assert!(!with_sales || order.salesperson.is_some() && order.handed_over_at.is_some());
    let ended = matches!(state, OrderState::Fulfilled | OrderState::Failed | OrderState::Cancelled);
    assert_eq!(order.ended_at.is_some(), ended);
    assert!(
        order.state_by_shipments().is_none_or(|by_shipments| by_shipments == state)
            || order.shipments.is_empty()
    );
    assert!(order.credit_taken() == 0 || order.terms == Some(PaymentTerms::OnAccount) && confirmed);
    let cancelled = state == OrderState::Cancelled;
    assert!(!cancelled || order.credit_taken() == 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn no_walk_reaches_an_illegal_state(verbs in prop::collection::vec(any_verb(), 1..40)) {
        let mut order = draft();
        for (step, verb) in verbs.iter().enumerate() {
            let Ok((after, told)) = act(&order, verb, step) else { continue };
            prop_assert!(order.state != OrderState::Cancelled || after.state == OrderState::Cancelled);
            check(&after);
            check_events(Some(&order), &after, &told);
            order = after;
        }
    }

    #[test]
    fn what_orders_take_of_a_limit_is_the_sum_of_their_events(
        walks in prop::collection::vec(prop::collection::vec(any_verb(), 1..25), 1..4),
    ) {
        let (mut used, mut taken) = (0, 0);
        for verbs in walks {
            let mut order = draft();
            for (step, verb) in verbs.iter().enumerate() {
                let Ok((after, told)) = act(&order, verb, step) else { continue };
                for event in told {
                    let told = events::OrderFacts::read(&event.payload).unwrap();
                    let now = told.facts.credit_minor_units;
                    let former = told.former.and_then(|former| former.credit_minor_units);
                    used += now - former.unwrap_or(now);
                }
                order = after;
            }
            taken += order.credit_taken();
        }
        prop_assert_eq!(used, taken);
    }
}
