//! Authority: splitting passes no limit, what waits cannot be spent, delegations end.

use std::time::Duration;

use kefu_kernel::Currency;
use proptest::prelude::*;

use super::support::*;
use crate::claim::domain::Claim;
use crate::decision::domain::authority::Matter;
use crate::decision::domain::delegation::{Delegation, NewDelegation};
use crate::decision::domain::limit::{AuthorityLimit, Holder, NewLimit};
use crate::decision::domain::propose::Proposal;
use crate::domain::error::Error;
use crate::domain::words::{CostKind, DecisionKind, DecisionState, State};
use crate::offer::domain::Accepted;

/// One specialist alone, with three claims on one shipment: what comes of a step that is allowed.
fn alone(desk: &Desk, claim: &Claim, verb: u8, amount: i64) -> Result<Claim, Error> {
    let (expense, indemnity) = (claim.exposures[1].id, claim.exposures[0].id);
    let decided = match verb {
        0 => desk.settle(claim, SPECIALIST, amount),
        1 => desk.offer(claim, SPECIALIST, amount),
        2 => {
            let offer = claim.open_offer().ok_or(Error::HandlerRequired)?.id;
            let accepted = Accepted { offer, channel: None, by_link: true };
            desk.by_principal("public", |c| claim.accept_offer(c, accepted))
        }
        3 => desk.by(SPECIALIST, |c| claim.set_reserve(c, indemnity, eur(amount), "more")),
        4 => desk.by(SPECIALIST, |c| claim.set_reserve(c, expense, eur(amount), "more")),
        5 => {
            let proposed = proposal(DecisionKind::Expense, Some(amount));
            let proposed = Proposal { exposure: Some(expense), ..proposed };
            desk.by(SPECIALIST, |c| claim.propose(c, proposed))
        }
        6 => {
            let last = claim.ledger.postings.last().ok_or(Error::HandlerRequired)?.id;
            desk.by(SPECIALIST, |c| claim.reverse_posting(c, last, "mistake"))
        }
        7 => {
            let waiting = claim.pending_decisions().next().ok_or(Error::HandlerRequired)?.id;
            desk.by(SPECIALIST, |c| claim.sign(c, waiting, None))
        }
        _ => {
            let waiting = claim.pending_decisions().next().ok_or(Error::HandlerRequired)?.id;
            desk.by(SPECIALIST, |c| claim.withdraw_decision(c, waiting))
        }
    };
    Ok(decided?.0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nobody_passes_their_limit_by_splitting(
        steps in prop::collection::vec((0..3_usize, 0..9_u8, 1..75_000_i64), 1..60),
    ) {
        let mut desk = Desk::new();
        let mut claims: Vec<Claim> =
            (0..3).map(|_| desk.at(State::Assessed, 200_000, 0)).collect();
        for (index, verb, amount) in steps {
            let others = claims.iter().enumerate().filter(|(other, _)| *other != index);
            desk.shipment.others = others.map(|(_, other)| (other.id(), other.portion())).collect();
            if let Ok(after) = alone(&desk, &claims[index], verb, amount) {
                claims[index] = after;
            }
            let settled: i64 = claims.iter().filter_map(|claim| claim.settlement).sum();
            prop_assert!(settled <= SPECIALISTS_LIMIT, "settled {settled}");
            let signed: i64 = claims.iter().map(|claim| claim.granted_on(claim.exposures[1].id)).sum();
            prop_assert!(signed <= SPECIALISTS_LIMIT, "granted for expenses {signed}");
            // What a settlement sets aside rests on its own limit, not on that of reserves.
            let by_hand: i64 = claims.iter().map(set_aside_by_hand).sum();
            prop_assert!(by_hand <= SPECIALISTS_LIMIT, "set aside {by_hand}");
            for claim in &claims {
                let waits = claim.pending_decisions().all(|d| d.state == DecisionState::Pending);
                prop_assert!(waits && claim.approved() <= SPECIALISTS_LIMIT);
            }
        }
    }

    #[test]
    fn what_waits_is_in_no_account_and_cannot_be_ordered(
        amount in 70_001..200_000_i64, part in 1..200_000_i64,
    ) {
        let desk = Desk::new();
        let claim = desk.at(State::Assessed, 200_000, 0);
        let before = claim.ledger.clone();
        let (claim, _) = desk.settle(&claim, SPECIALIST, amount).unwrap();
        prop_assert_eq!((claim.state, claim.pending()), (State::DecisionPending, amount));
        prop_assert_eq!((&claim.ledger, claim.approved()), (&before, 0));
        let waiting = claim.decisions[0].id;
        let (claim, _) = desk.add_payee(&claim, SECOND).unwrap();
        let refused = desk.by(PAYER, |c| claim.order_payment(c, &order(claim.exposures[0].id, part)));
        prop_assert_eq!(refused.unwrap_err(), Error::AmountPending(waiting));
    }
}

fn set_aside_by_hand(claim: &Claim) -> i64 {
    let granted = claim.settlement.unwrap_or(0);
    let target = |place: usize| claim.ledger.figures(claim.exposures[place].id).target();
    // A reserve of indemnity is the larger of what was set aside by hand and what is granted.
    let indemnity = if target(0) > granted { target(0) } else { 0 };
    indemnity + target(1)
}

#[test]
fn what_is_within_the_limit_holds_at_once_and_sets_aside_what_is_lacking() {
    let desk = Desk::new();
    let claim = desk.at(State::Assessed, 100_000, 10_000);
    let (claim, told) = desk.settle(&claim, SPECIALIST, 70_000).unwrap();
    assert_eq!((claim.state, claim.approved()), (State::PartlyApproved, 70_000));
    assert_eq!(claim.ledger.figures(claim.exposures[0].id).reserved, 70_000);
    assert_eq!(names(&told), ["ClaimDecisionSigned", "ClaimPosted"]);
    let signature = &claim.decisions[0].signatures[0];
    assert_eq!((signature.signed_by, signature.limit), (person(SPECIALIST), Some(70_000)));
}

#[test]
fn a_reserve_above_the_limit_is_posted_up_to_it_and_the_rest_waits() {
    let desk = Desk::new();
    let claim = desk.at(State::Assessed, 200_000, 0);
    let id = claim.exposures[0].id;
    let set = |claim: &Claim, amount| {
        desk.by(SPECIALIST, |c| claim.set_reserve(c, id, eur(amount), "severe"))
    };
    let (claim, _) = set(&claim, 100_000).unwrap();
    assert_eq!((claim.ledger.figures(id).reserved, claim.pending()), (70_000, 30_000));
    let waiting = claim.decisions[0].id;
    assert_eq!(set(&claim, 1).unwrap_err(), Error::DecisionPending(waiting));
    let refused = desk.by(SECOND, |c| claim.sign(c, waiting, None)).unwrap_err();
    let (limit, cumulative, currency) = (Some(70_000), 100_000, "EUR");
    assert_eq!(refused, Error::AuthorityExceeded { limit, cumulative, currency });
    let (claim, _) = desk.by(SUPERVISOR, |c| claim.sign(c, waiting, None)).unwrap();
    assert_eq!((claim.ledger.figures(id).reserved, claim.pending()), (100_000, 0));
}

#[test]
fn above_the_line_of_four_eyes_a_second_signature_is_needed() {
    let desk = Desk::new();
    let claim = desk.at(State::Assessed, 250_000, 0);
    let (claim, told) = desk.settle(&claim, SUPERVISOR, 200_000).unwrap();
    assert_eq!(names(&told), ["ClaimDecisionProposed", "ClaimDecisionSigned"]);
    let waiting = &claim.decisions[0];
    assert_eq!((waiting.signatures_needed, waiting.signatures.len()), (2, 1));
    let sign = |claim: &Claim, who| desk.by(who, |c| claim.sign(c, claim.decisions[0].id, None));
    assert_eq!(sign(&claim, SUPERVISOR).unwrap_err(), Error::SignerNotIndependent("proposer"));
    assert_eq!(sign(&claim, SPECIALIST).unwrap_err(), Error::SignerNotIndependent("handler"));
    let (claim, _) = sign(&claim, HEAD).unwrap();
    assert_eq!((claim.state, claim.approved()), (State::PartlyApproved, 200_000));
}

#[test]
fn who_named_a_payee_signs_nothing_and_decides_nothing_alone() {
    let desk = Desk::new();
    let claim = desk.at(State::Assessed, 100_000, 0);
    let (claim, _) = desk.add_payee(&claim, SUPERVISOR).unwrap();
    let (claim, _) = desk.settle(&claim, SUPERVISOR, 1).unwrap();
    assert_eq!(claim.state, State::DecisionPending);
    let (claim, _) =
        desk.by(SUPERVISOR, |c| claim.withdraw_decision(c, claim.decisions[0].id)).unwrap();
    assert_eq!(claim.state, State::Assessed);
    let (claim, _) =
        desk.by(SPECIALIST, |c| claim.propose(c, proposal(DecisionKind::Denial, None))).unwrap();
    let id = claim.decisions[1].id;
    let refused = desk.by(SUPERVISOR, |c| claim.sign(c, id, None)).unwrap_err();
    assert_eq!(refused, Error::SignerNotIndependent("payee_creator"));
    let refused = desk.by(AGENT, |c| claim.sign(c, id, None)).unwrap_err();
    assert!(matches!(refused, Error::AuthorityExceeded { limit: None, .. }));
    let (claim, _) = desk.by(HEAD, |c| claim.sign(c, id, None)).unwrap();
    assert_eq!(claim.state, State::Denied);
}

#[test]
fn a_refused_decision_leaves_the_claim_where_it_was() {
    let desk = Desk::new();
    let claim = desk.at(State::Negotiating, 200_000, 150_000);
    let (pending, _) = desk.forward(&claim, 0).unwrap();
    assert_eq!(pending.state, State::DecisionPending);
    // The first is the reserve above the limit, which waits beside the state.
    let id = pending.decisions[1].id;
    let (after, told) =
        desk.by(HEAD, |c| pending.refuse(c, id, "too_much", "Look again.".into())).unwrap();
    assert_eq!((after.state, after.approved(), after.pending()), (State::Negotiating, 0, 80_000));
    assert_eq!(names(&told), ["ClaimDecisionRefused"]);
    let again = desk.by(HEAD, |c| after.sign(c, id, None)).unwrap_err();
    assert_eq!(again, Error::DecisionNotPending(DecisionState::Refused));
}

fn delegated(desk: &Desk, from: u128, to: u128, limit: Option<i64>, days: u64) -> Delegation {
    let new = NewDelegation {
        id: desk.id(),
        from: None,
        to: person(to),
        kinds: [DecisionKind::Settlement].into(),
        limit: limit.map(|limit| (limit, Currency::EUR)),
        valid_from: None,
        valid_until: desk.now.plus(Duration::from_secs(days * 86_400)),
        reason: "leave".into(),
    };
    Delegation::create(desk.now, &person(from).to_string(), new, false).unwrap().0
}

proptest! {
    #[test]
    fn a_delegation_never_counts_outside_its_dates_or_above_either_limit(
        limit in prop::option::of(0..400_000_i64), day in -2..12_i64, cumulative in 1..400_000_i64,
    ) {
        let mut desk = Desk::new();
        let delegation = delegated(&desk, SUPERVISOR, SECOND, limit, 5);
        desk.authorities.delegations.push(delegation);
        let at = kefu_kernel::Timestamp::from_millis(desk.now.as_millis() + day * 86_400_000);
        let matter = Matter { kind: DecisionKind::Settlement, currency: Currency::EUR, at };
        let authority = desk.authorities.delegated(person(SECOND), matter);
        let covers = authority.iter().any(|authority| authority.covers(cumulative, false));
        let allowed = limit.unwrap_or(i64::MAX).min(280_000);
        prop_assert_eq!(covers, (0..5).contains(&day) && cumulative <= allowed);
        prop_assert!(desk.authorities.delegated(person(SPECIALIST), matter).is_empty());
    }
}

#[test]
fn a_signature_by_delegation_names_whose_authority_it_is_and_neither_proposed() {
    let mut desk = Desk::new();
    let claim = desk.at(State::Assessed, 200_000, 0);
    let (own, _) = desk.settle(&claim, SUPERVISOR, 150_000).unwrap();
    desk.authorities.delegations.push(delegated(&desk, SUPERVISOR, SECOND, None, 5));
    let refused = desk.by(SECOND, |c| own.sign(c, own.decisions[0].id, None)).unwrap_err();
    assert_eq!(refused, Error::SignerNotIndependent("proposer"));
    let (claim, _) = desk.settle(&claim, SPECIALIST, 100_000).unwrap();
    let id = claim.decisions[0].id;
    let refused = desk.by(SECOND, |c| claim.sign(c, id, Some(person(HEAD)))).unwrap_err();
    assert_eq!(refused, Error::DelegationInvalid("none covers this now"));
    let (signed, _) = desk.by(SECOND, |c| claim.sign(c, id, Some(person(SUPERVISOR)))).unwrap();
    let signature = &signed.decisions[0].signatures[0];
    assert_eq!(signature.on_authority_of, Some(person(SUPERVISOR)));
    assert_eq!(signed.state, State::PartlyApproved);
}

#[test]
fn a_delegation_ends_within_90_days_and_goes_to_another() {
    let desk = Desk::new();
    let until = |days: u64| desk.now.plus(Duration::from_secs(days * 86_400));
    let new = |to, valid_until| NewDelegation {
        id: desk.id(),
        from: None,
        to: person(to),
        kinds: [DecisionKind::Reserve].into(),
        limit: None,
        valid_from: None,
        valid_until,
        reason: "leave".into(),
    };
    let actor = person(HEAD).to_string();
    let create = |new, manages| Delegation::create(desk.now, &actor, new, manages);
    assert!(matches!(create(new(SECOND, until(91)), false), Err(Error::Invalid(_))));
    assert!(matches!(create(new(HEAD, until(1)), false), Err(Error::DelegationInvalid(_))));
    let another = NewDelegation { from: Some(person(MANAGER)), ..new(SECOND, until(1)) };
    assert!(matches!(create(another.clone(), false), Err(Error::NeedsPermission(_))));
    let (made, told) = create(another, true).unwrap();
    assert_eq!(names(&told), ["DelegationCreated"]);
    assert!(matches!(made.revoke(desk.now, &actor, false), Err(Error::NeedsPermission(_))));
    let (revoked, _) = made.revoke(desk.now, &actor, true).unwrap();
    assert!(!revoked.holds_at(desk.now));
    assert!(matches!(revoked.revoke(desk.now, &actor, true), Err(Error::DelegationInvalid(_))));
}

#[test]
fn a_limit_takes_the_place_of_the_one_before_and_of_the_shipped_one() {
    let mut desk = Desk::new();
    let new = |limit, four_eyes_above, valid_from| NewLimit {
        id: desk.id(),
        holder: Holder::Role("claims_specialist".into()),
        kind: DecisionKind::Settlement,
        currency: Currency::EUR,
        limit,
        four_eyes_above,
        valid_from,
    };
    let later = desk.now.plus(Duration::from_secs(86_400));
    let create = |new, others: &[AuthorityLimit]| {
        AuthorityLimit::create(desk.now, "person_admin", new, others)
    };
    assert!(matches!(create(new(Some(1), Some(2), None), &[]), Err(Error::LimitInvalid(_))));
    let first = create(new(Some(500), None, None), &[]).unwrap().remove(0).0;
    let mut second = create(new(Some(900), None, Some(later)), &[first]).unwrap();
    assert_eq!(names(&second[1].1), ["AuthorityLimitEnded"]);
    let limits: Vec<AuthorityLimit> = second.drain(..).map(|(limit, _)| limit).collect();
    assert!(matches!(create(new(Some(1), None, None), &limits), Err(Error::LimitInvalid(_))));
    assert!(matches!(limits[1].end(desk.now, None), Err(Error::LimitEnded)));
    desk.authorities.limits = limits;
    let own = |at| {
        let matter = Matter { kind: DecisionKind::Settlement, currency: Currency::EUR, at };
        desk.authorities.own(person(SPECIALIST), matter).and_then(|authority| authority.limit)
    };
    assert_eq!((own(desk.now), own(later)), (Some(500), Some(900)));
    let matter = Matter { kind: DecisionKind::Settlement, currency: Currency::USD, at: desk.now };
    let shipped = desk.authorities.own(person(SPECIALIST), matter).unwrap();
    assert_eq!((shipped.limit, shipped.authority), (Some(70_000), None));
}

#[test]
fn the_cap_holds_over_all_claims_of_a_shipment() {
    let mut desk = Desk::new();
    let capped = |desk: &Desk| {
        let claim = desk.at(State::Investigating, 60_000, 0);
        let mut claim = claim;
        while !claim.open_items(&desk.rules.of_type(claim.kind).unwrap().checklist).is_empty() {
            claim = desk.assess(&claim, SPECIALIST, 0).unwrap().0;
        }
        let found = findings(&claim, Some(60_000), Vec::new());
        desk.by(SPECIALIST, |c| claim.assess(c, found)).unwrap().0
    };
    let (first, second) = (capped(&desk), capped(&desk));
    let (first, _) = desk.settle(&first, SPECIALIST, 40_000).unwrap();
    desk.shipment.others = [(first.id(), first.portion())].into();
    let refused = desk.settle(&second, SPECIALIST, 20_001).unwrap_err();
    assert_eq!(refused, Error::AboveCap { cap: 60_000, currency: "EUR" });
    assert!(desk.settle(&second, SPECIALIST, 20_000).is_ok());
    assert!(first.exposures.iter().any(|exposure| exposure.cost_kind == CostKind::Expense));
}
