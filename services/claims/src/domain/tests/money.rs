//! Money: payments, conversion, recoveries, reversals and what the ledger's check finds.

use kefu_kernel::{Currency, Money};
use proptest::prelude::*;

use super::support::*;
use crate::claim::domain::Claim;
use crate::claim::domain::create::{New, NewExposure};
use crate::decision::domain::propose::Proposal;
use crate::domain::error::Error;
use crate::domain::words::{
    AccountKind, ClaimType, CostKind, CoverKind, DecisionKind, Party, PaymentState, PayoutMethod,
    PostingKind, State,
};
use crate::ledger::domain::Conversion;
use crate::ledger::domain::conversion::converted;
use crate::ledger::domain::payment::{Confirmed, Order};
use crate::ledger::domain::recovery::{Incoming, NewRecovery};

fn due(desk: &Desk) -> Claim {
    desk.at(State::SettlementDue, 80_000, 60_000)
}

fn ordered(desk: &Desk, amount: i64) -> Claim {
    let claim = due(desk);
    let exposure = claim.exposures[0].id;
    desk.by(PAYER, |c| claim.order_payment(c, &order(exposure, amount))).unwrap().0
}

#[test]
fn a_payment_is_within_what_is_granted_and_set_aside() {
    let desk = Desk::new();
    let claim = ordered(&desk, 40_000);
    let exposure = claim.exposures[0].id;
    let pay = |claim: &Claim, amount| {
        desk.by(PAYER, |c| claim.order_payment(c, &order(exposure, amount)))
    };
    assert_eq!(pay(&claim, 20_001).unwrap_err(), Error::AboveApproved);
    let (lowered, _) =
        desk.by(SPECIALIST, |c| claim.set_reserve(c, exposure, eur(50_000), "less")).unwrap();
    let small = Error::ReserveTooSmall { available: 10_000, currency: "EUR" };
    assert_eq!(pay(&lowered, 20_000).unwrap_err(), small);
    let below = desk.by(SPECIALIST, |c| claim.set_reserve(c, exposure, eur(39_999), "less"));
    assert_eq!(below.unwrap_err(), Error::ReserveBelowUsed);
    let payee = desk.by(SPECIALIST, |c| claim.order_payment(c, &order(exposure, 1))).unwrap_err();
    assert_eq!(payee, Error::PayeeNotIndependent);
}

#[test]
fn a_bank_that_tells_twice_posts_once() {
    let desk = Desk::new();
    let claim = ordered(&desk, 60_000);
    let told = confirmed(&claim.payments[0]);
    let confirm = |claim: &Claim, told: Confirmed| {
        desk.by_principal("key_bank", |c| claim.confirm_payment(c, told))
    };
    let other = Confirmed { amount: eur(59_999), ..told.clone() };
    assert_eq!(confirm(&claim, other).unwrap_err(), Error::AmountDiffers);
    let (paid, _) = confirm(&claim, told.clone()).unwrap();
    assert_eq!((paid.state, paid.ledger.total().paid), (State::Paid, 60_000));
    assert_eq!(confirm(&paid, told.clone()).unwrap(), (paid.clone(), Vec::new()));
    let another = Confirmed { external_id: "another".into(), ..told };
    let refused = confirm(&paid, another).unwrap_err();
    assert_eq!(refused, Error::PaymentStateRefuses(PaymentState::Confirmed));
}

#[test]
fn a_payment_that_failed_or_came_back_is_set_aside_again() {
    let desk = Desk::new();
    let claim = ordered(&desk, 60_000);
    let id = claim.payments[0].id;
    let fail = |claim: &Claim, cancelled| {
        desk.by(PAYER, |c| claim.fail_payment(c, id, "account_closed", cancelled))
    };
    let (called_off, _) = fail(&claim, true).unwrap();
    assert_eq!(called_off.payments[0].state, PaymentState::Cancelled);
    assert_eq!(called_off.ledger.total().reserved, 60_000);
    let (paid, _) = desk.forward(&claim, 0).unwrap();
    assert_eq!(fail(&paid, true).unwrap_err(), Error::PaymentStateRefuses(PaymentState::Confirmed));
    let (back, told) = fail(&paid, false).unwrap();
    assert_eq!(names(&told), ["ClaimPosted", "ClaimPaymentFailed"]);
    assert_eq!((back.state, back.ledger.total().reserved), (State::SettlementDue, 60_000));
    let payment = back.clocks.iter().any(|clock| {
        clock.kind == crate::domain::words::ClockKind::ClaimPayment && !clock.clock.is_over()
    });
    assert!(payment, "it is due once more");
    let (cleared, _) = desk.forward(&paid, 0).unwrap();
    assert_eq!(cleared.state, State::Closed);
    assert_eq!(fail(&cleared, false).unwrap_err(), Error::StateRefuses(State::Closed));
}

#[test]
fn an_expense_is_decided_out_of_its_reserve_and_paid_beside_the_state() {
    let desk = Desk::new();
    let claim = desk.at(State::Investigating, 5_000, 0);
    let exposure = claim.exposures[1].id;
    let propose = |claim: &Claim, amount| {
        let expense = proposal(DecisionKind::Expense, Some(amount));
        let expense = Proposal { exposure: Some(exposure), ..expense };
        desk.by(SPECIALIST, |c| claim.propose(c, expense))
    };
    let small = Error::ReserveTooSmall { available: 0, currency: "EUR" };
    assert_eq!(propose(&claim, 300).unwrap_err(), small);
    let set = desk.by(SPECIALIST, |c| claim.set_reserve(c, exposure, eur(500), "survey"));
    let (claim, _) = propose(&set.unwrap().0, 300).unwrap();
    let (claim, _) = desk.add_payee(&claim, SPECIALIST).unwrap();
    let payee = Some(claim.payees[0].id);
    let pay = |claim: &Claim, amount| {
        let order = Order { payee, ..order(exposure, amount) };
        desk.by(PAYER, |c| claim.order_payment(c, &order))
    };
    assert_eq!(pay(&claim, 301).unwrap_err(), Error::AboveApproved);
    let (claim, _) = pay(&claim, 300).unwrap();
    assert_eq!((claim.state, claim.ledger.total().ordered), (State::Investigating, 300));
}

#[test]
fn freight_is_given_back_once_for_a_shipment() {
    let mut desk = Desk::new();
    let freight = |desk: &Desk| {
        let (peril, cover) = (ClaimType::Delay, CoverKind::Liability);
        let exposure = NewExposure { peril, cover, cost_kind: CostKind::FreightRefund };
        let new = New { exposures: vec![exposure], ..desk.about(ClaimType::Delay, 2_000) };
        let mut claim = desk.by(AGENT, |c| Claim::create(c, new)).unwrap().0;
        while claim.state != State::SettlementDue {
            claim = desk.forward(&claim, 2_000).unwrap().0;
        }
        claim
    };
    let (first, second) = (freight(&desk), freight(&desk));
    let first = desk.forward(&first, 2_000).unwrap().0;
    assert!(first.portion().freight);
    desk.shipment.others = [(first.id(), first.portion())].into();
    let refused = desk.forward(&second, 2_000).unwrap_err();
    assert_eq!(refused, Error::FreightAlreadyRefunded(first.id()));
    let id = first.payments[0].id;
    let (failed, _) = desk.by(PAYER, |c| first.fail_payment(c, id, "mistake", true)).unwrap();
    desk.shipment.others = [(failed.id(), failed.portion())].into();
    assert!(desk.forward(&second, 2_000).is_ok(), "it was not given back after all");
}

#[test]
fn no_more_is_asked_back_or_comes_in_than_was_paid() {
    let desk = Desk::new();
    let paid = desk.at(State::Paid, 60_000, 60_000);
    let exposure = paid.exposures[0].id;
    let ask = |claim: &Claim, amount| {
        let (against, against_code) = (Party::Insurer, "picc".to_owned());
        let new = NewRecovery { exposure, against, against_code, amount: eur(amount) };
        desk.by(SPECIALIST, |c| claim.open_recovery(c, new))
    };
    let come = |claim: &Claim, from, amount, reference: &str| {
        desk.by(SPECIALIST, |c| claim.record_recovery(c, received(from, amount, reference)))
    };
    assert_eq!(ask(&paid, 60_001).unwrap_err(), Error::RecoveryAbovePaid);
    let (claim, _) = ask(&paid, 50_000).unwrap();
    let recovery = Incoming::Recovery(claim.recoveries[0].id);
    assert_eq!(come(&claim, recovery, 50_001, "a").unwrap_err(), Error::RecoveryAbovePaid);
    let salvage = Incoming::Salvage(exposure);
    assert_eq!(come(&claim, salvage, 10_001, "a").unwrap_err(), Error::RecoveryAbovePaid);
    let (claim, _) = come(&claim, salvage, 10_000, "a").unwrap();
    let known = come(&claim, recovery, 1, "a").unwrap_err();
    assert!(matches!(known, Error::Exists { kind: "posting", .. }));
    let (claim, _) = come(&claim, recovery, 45_000, "b").unwrap();
    let payment = claim.payments[0].id;
    let back = desk.by(PAYER, |c| claim.fail_payment(c, payment, "returned", false));
    assert_eq!(back.unwrap_err(), Error::RecoveryAbovePaid);
    let id = claim.recoveries[0].id;
    let close = |who, reason: &str| desk.by(who, |c| claim.close_recovery(c, id, reason));
    assert_eq!(close(SPECIALIST, "").unwrap_err(), Error::ShortReasonRequired);
    let (waits, _) = close(SPECIALIST, "insolvent").unwrap();
    assert_eq!(waits.pending(), 5_000);
    let decision = waits.decisions.last().unwrap().id;
    let (closed, told) = desk.by(SUPERVISOR, |c| waits.sign(c, decision, None)).unwrap();
    assert_eq!(names(&told), ["ClaimDecisionSigned", "ClaimPosted", "ClaimRecoveryClosed"]);
    assert_eq!((closed.recoveries[0].written_off, closed.ledger.total().recoverable), (5_000, 0));
}

#[test]
fn a_posting_is_reversed_once_and_by_its_own_verbs() {
    let desk = Desk::new();
    let claim = ordered(&desk, 60_000);
    let find = |kind| claim.ledger.postings.iter().find(|posting| posting.kind == kind).unwrap().id;
    let reverse =
        |claim: &Claim, who, id| desk.by(who, |c| claim.reverse_posting(c, id, "mistake"));
    let payment = reverse(&claim, HEAD, find(PostingKind::PaymentOrdered)).unwrap_err();
    assert!(matches!(payment, Error::PostingNotReversible(_)));
    let raised = reverse(&claim, HEAD, find(PostingKind::ReserveRaised)).unwrap_err();
    assert_eq!(raised, Error::ReserveBelowUsed);
    let assessed = desk.at(State::Assessed, 90_000, 70_000);
    let first = assessed.ledger.postings[0].id;
    let (turned, _) = reverse(&assessed, HEAD, first).unwrap();
    assert_eq!(turned.ledger.total().reserved, 0);
    assert_eq!(reverse(&turned, HEAD, first).unwrap_err(), Error::PostingReversed);
    let back = turned.ledger.postings[1].id;
    assert_eq!(reverse(&turned, HEAD, back).unwrap_err(), Error::PostingReversed);
}

#[test]
fn a_lowered_reserve_does_not_come_back_above_the_limit() {
    let desk = Desk::new();
    let claim = desk.at(State::Assessed, 200_000, 60_000);
    let [first, second] = [claim.exposures[0].id, claim.exposures[1].id];
    let set = |claim: &Claim, id, amount| {
        desk.by(SPECIALIST, |c| claim.set_reserve(c, id, eur(amount), "other")).unwrap().0
    };
    let claim = set(&set(&claim, first, 0), second, 60_000);
    let lowered = claim.ledger.postings[1].id;
    let refused =
        desk.by(SPECIALIST, |c| claim.reverse_posting(c, lowered, "mistake")).unwrap_err();
    assert!(matches!(refused, Error::AuthorityExceeded { .. }));
    assert!(desk.by(MANAGER, |c| claim.reverse_posting(c, lowered, "mistake")).is_ok());
}

#[test]
fn an_account_has_check_digits_that_fit() {
    let desk = Desk::new();
    let claim = desk.at(State::Investigating, 5_000, 0);
    let add = |method, account: &str, bank_code: &str| {
        let new = payee(desk.id(), method, account);
        let new = crate::ledger::domain::payee::NewPayee { bank_code: bank_code.into(), ..new };
        desk.by(SPECIALIST, |c| claim.add_payee(c, new)).map(|(claim, _)| claim)
    };
    let bank = PayoutMethod::BankTransfer;
    for good in ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "6222021234567890123"] {
        assert!(add(bank, good, "").is_ok(), "{good}");
    }
    for bad in ["DE89370400440532013001", "GB82WEST", "", "12-34"] {
        assert!(matches!(add(bank, bad, ""), Err(Error::PayeeInvalid(_))), "{bad}");
    }
    assert!(add(bank, "6222021234567890123", "DEUTDEFF500").is_ok());
    assert!(matches!(add(bank, "6222021234567890123", "DEUT12FF"), Err(Error::PayeeInvalid(_))));
    assert!(matches!(add(PayoutMethod::Wallet, "", ""), Err(Error::PayeeInvalid(_))));
    let named = add(PayoutMethod::Cash, "", "").unwrap();
    assert_eq!(named.payees[0].account_end, "");
}

#[test]
fn a_tampered_ledger_is_found_out() {
    let desk = Desk::new();
    let claim = desk.at(State::Paid, 60_000, 60_000);
    let broken = |tamper: &dyn Fn(&mut Claim)| {
        let mut claim = claim.clone();
        tamper(&mut claim);
        let rules = claim.check_ledger(&desk.shipment);
        let wrong = rules.into_iter().filter(|rule| !rule.detail.is_empty());
        wrong.map(|rule| rule.code).collect::<Vec<_>>()
    };
    assert!(broken(&|_| {}).is_empty());
    assert!(broken(&|c| c.ledger.accounts[0].balance += 1).contains(&"balances_from_entries"));
    assert!(broken(&|c| c.ledger.postings[0].entries[0].debit += 1).contains(&"balanced"));
    assert!(broken(&|c| c.ledger.postings[0].kind = PostingKind::Reversal).contains(&"immutable"));
    assert!(broken(&|c| drop(c.ledger.postings.remove(0))).contains(&"paid_within_reserve"));
    assert!(broken(&|c| c.settlement = Some(60_001)).contains(&"approved_within_cap"));
    let elsewhere = |c: &mut Claim| {
        c.ledger.postings.last_mut().unwrap().entries[1].kind = AccountKind::Recovered;
    };
    assert!(broken(&elsewhere).contains(&"incurred_adds_up"));
    assert!(broken(&|c| c.payments.push(c.payments[0].clone())).contains(&"payment_once"));
    let closed = |c: &mut Claim| {
        c.state = State::Closed;
        c.recoveries.push(open_recovery(c));
    };
    let found = broken(&closed);
    assert!(found.contains(&"clear_when_closed") && found.contains(&"recovery_within_paid"));
}

fn open_recovery(claim: &Claim) -> crate::ledger::domain::Recovery {
    crate::ledger::domain::Recovery {
        id: Desk::new().id(),
        exposure: claim.exposures[0].id,
        against: Party::Carrier,
        against_code: "acme".into(),
        asked: 1,
        received: 0,
        written_off: 0,
        opened_by: String::new(),
        opened_at: claim.head.created_at,
        closed_at: None,
        short_reason: String::new(),
    }
}

#[test]
fn a_conversion_rounds_half_to_even_and_knows_the_currencies_decimals() {
    let usd = |minor| Money::new(minor, Currency::USD);
    let yen = |minor| Money::new(minor, Currency::JPY);
    assert_eq!(converted(usd(10_000), "7.8135", Currency::CNY), Some(78_135));
    assert_eq!(converted(usd(1), "0.5", Currency::EUR), Some(0));
    assert_eq!(converted(usd(3), "0.5", Currency::EUR), Some(2));
    assert_eq!(converted(yen(100), "0.0061", Currency::EUR), Some(61));
    assert_eq!(converted(usd(100), "149.5", Currency::JPY), Some(150));
    assert_eq!(converted(usd(i64::MAX), "999999999999.999999999999", Currency::KWD), None);
    assert_eq!(converted(usd(1), "1e3", Currency::EUR), None);
    let desk = Desk::new();
    let check = |rate: &str, rate_date: &str| {
        let (rate, rate_date) = (rate.to_owned(), rate_date.to_owned());
        let conversion = Conversion { from: usd(10_000), rate, rate_date, source: "ecb".into() };
        conversion.check(8_500, Currency::EUR, desk.now)
    };
    assert_eq!(check("0.85", "2026-10-01"), Ok(()));
    for (rate, day) in [("0.8501", "2026-10-01"), ("0.85", "2027-10-01"), ("0.85", "2026-13-01")] {
        assert!(matches!(check(rate, day), Err(Error::ConversionInvalid(_))), "{rate} {day}");
    }
}

proptest! {
    #[test]
    fn a_conversion_is_never_off_by_more_than_half_a_unit(
        minor in 0..1_000_000_000_i64, whole in 0..1_000_u32, part in 0..1_000_000_u32,
    ) {
        let rate = format!("{whole}.{part:06}");
        let from = Money::new(minor, Currency::USD);
        let to = i128::from(converted(from, &rate, Currency::EUR).unwrap());
        let exact = i128::from(minor) * (i128::from(whole) * 1_000_000 + i128::from(part));
        let off = (to * 1_000_000 - exact).abs();
        prop_assert!(off < 500_000 || (off == 500_000 && to % 2 == 0));
    }
}
