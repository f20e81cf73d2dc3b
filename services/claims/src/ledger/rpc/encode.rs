//! The ledger as the API shows it.

use std::collections::BTreeMap;

use kefu_api_claims::v1;
use kefu_api_common::v1::Money as WireMoney;
use kefu_api_common::wire;
use kefu_kernel::{Currency, Money, Timestamp};
use kefu_store::runner::Aggregate;

use crate::claim::domain::{Claim, Exposure};
use crate::claim::rpc::encode;
use crate::domain::ids::{ClaimId, PaymentId, RecoveryId};
use crate::domain::words::{CostKind, DecisionKind};
use crate::ledger::domain::{Account, Conversion, Figures, Payment, Posting, Recovery};

fn money(currency: Currency, minor: i64) -> WireMoney {
    wire::money(Money::new(minor, currency))
}

fn time(at: Option<Timestamp>) -> Option<prost_types::Timestamp> {
    at.map(wire::timestamp)
}

/// What a claim's money comes to.
pub fn balances(claim: &Claim) -> v1::ClaimBalances {
    let of_one = |exposure: &Exposure| {
        let figures = claim.ledger.figures(exposure.id);
        let (waits, free) = (waiting(claim, exposure), free(claim, exposure, figures));
        v1::Balance {
            exposure_id: exposure.id.to_string(),
            cost_kind: exposure.cost_kind.to_wire(),
            ..balance(claim.currency, figures, waits, free)
        }
    };
    let total =
        balance(claim.currency, claim.ledger.total(), claim.pending(), claim_available(claim));
    v1::ClaimBalances {
        claim_id: claim.id().to_string(),
        etag: claim.head.etag(),
        balances: claim.exposures.iter().map(of_one).collect(),
        total: Some(total),
    }
}

/// What could be ordered of a claim now. What is granted over several exposures counts once.
fn claim_available(claim: &Claim) -> i64 {
    let mut sums: BTreeMap<DecisionKind, (i64, i64)> = BTreeMap::new();
    let mut expenses = 0;
    for exposure in &claim.exposures {
        let free = free(claim, exposure, claim.ledger.figures(exposure.id));
        if exposure.cost_kind == CostKind::Expense {
            expenses += free;
            continue;
        }
        let (granted, used) = claim.granted_and_used(exposure.id, exposure.cost_kind);
        let sum = sums.entry(exposure.cost_kind.granted_by()).or_default();
        *sum = (sum.0 + free, (granted - used).max(0));
    }
    expenses + sums.values().map(|(free, left)| *free.min(left)).sum::<i64>()
}

fn waiting(claim: &Claim, exposure: &Exposure) -> i64 {
    let of_it = claim.pending_decisions().filter(|d| d.exposure == Some(exposure.id));
    of_it.map(|decision| decision.pending).sum()
}

/// What could be ordered of an exposure now.
fn free(claim: &Claim, exposure: &Exposure, figures: Figures) -> i64 {
    let (granted, used) = claim.granted_and_used(exposure.id, exposure.cost_kind);
    figures.reserved.min(granted - used).max(0)
}

fn balance(currency: Currency, figures: Figures, pending: i64, available: i64) -> v1::Balance {
    let money = |minor| Some(money(currency, minor));
    v1::Balance {
        exposure_id: String::new(),
        cost_kind: 0,
        reserved: money(figures.reserved),
        ordered: money(figures.ordered),
        paid: money(figures.paid),
        recovered: money(figures.recovered),
        recoverable: money(figures.recoverable),
        incurred: money(figures.incurred()),
        pending: money(pending),
        available: money(available),
    }
}

/// An account.
pub fn account(claim: ClaimId, currency: Currency, account: &Account) -> v1::Account {
    v1::Account {
        id: account.id.to_string(),
        claim_id: claim.to_string(),
        exposure_id: account.exposure.to_string(),
        kind: account.kind.to_wire(),
        cost_kind: account.cost_kind.to_wire(),
        balance: Some(money(currency, account.balance)),
        entries: account.entries,
        last_posted_at: Some(wire::timestamp(account.last_posted_at)),
    }
}

/// A posting of a claim.
pub fn posting(claim: ClaimId, currency: Currency, number: i64, of: &Posting) -> v1::Posting {
    let entry = |entry: &crate::ledger::domain::Entry| v1::Entry {
        account_id: entry.account.to_string(),
        account_kind: entry.kind.to_wire(),
        debit: Some(money(currency, entry.debit)),
    };
    v1::Posting {
        id: of.id.to_string(),
        claim_id: claim.to_string(),
        number,
        kind: of.kind.to_wire(),
        exposure_id: of.exposure.to_string(),
        cost_kind: of.cost_kind.to_wire(),
        entries: of.entries.iter().map(entry).collect(),
        reverses_id: of.reverses.map(|id| id.to_string()),
        reversed_by_id: of.reversed_by.map(|id| id.to_string()),
        decision_id: of.decision.map(|id| id.to_string()),
        payment_id: of.payment.map(|id| id.to_string()),
        recovery_id: of.recovery.map(|id| id.to_string()),
        conversion: of.conversion.as_ref().map(conversion),
        reason: of.reason.clone(),
        posted_by: of.posted_by.clone(),
        posted_at: Some(wire::timestamp(of.posted_at)),
    }
}

fn conversion(conversion: &Conversion) -> v1::Conversion {
    v1::Conversion {
        from: Some(wire::money(conversion.from)),
        rate: conversion.rate.clone(),
        rate_date: conversion.rate_date.clone(),
        source: conversion.source.clone(),
    }
}

/// A payment of a claim, by its place from 1.
pub fn payment(claim: &Claim, number: i32, of: &Payment) -> v1::ClaimPayment {
    let payee = claim.payees.iter().find(|payee| payee.id == of.payee);
    let (source, external_id) = of.reference.clone().unwrap_or_default();
    let failed = of.failed.clone();
    v1::ClaimPayment {
        id: of.id.to_string(),
        claim_id: claim.id().to_string(),
        number,
        state: of.state.to_wire(),
        exposure_id: of.exposure.to_string(),
        cost_kind: of.cost_kind.to_wire(),
        amount: Some(money(claim.currency, of.amount)),
        payee: payee.map(encode::payee),
        decision_id: of.decision.to_string(),
        conversion: of.conversion.as_ref().map(conversion),
        ordered_by: of.ordered_by.clone(),
        ordered_at: Some(wire::timestamp(of.ordered_at)),
        source,
        external_id,
        paid_at: time(of.paid_at),
        failed_at: time(failed.as_ref().map(|(at, _)| *at)),
        failure_reason: failed.map(|(_, reason)| reason).unwrap_or_default(),
    }
}

/// The payment of a claim with this id.
pub fn payment_of(claim: &Claim, id: PaymentId) -> Option<v1::ClaimPayment> {
    let mut payments = (1..).zip(&claim.payments);
    payments.find(|(_, it)| it.id == id).map(|(number, it)| payment(claim, number, it))
}

/// What became of an order to pay; none: the last one.
pub fn payment_response(claim: &Claim, id: Option<PaymentId>) -> v1::ClaimPaymentResponse {
    let id = id.or_else(|| claim.payments.last().map(|payment| payment.id));
    v1::ClaimPaymentResponse {
        payment: id.and_then(|id| payment_of(claim, id)),
        claim: Some(encode::basic_row(&claim.root())),
    }
}

/// A recovery of a claim, by its place from 1.
pub fn recovery(claim: ClaimId, currency: Currency, number: i32, of: &Recovery) -> v1::Recovery {
    let some = |minor: i64| (minor != 0).then(|| money(currency, minor));
    v1::Recovery {
        id: of.id.to_string(),
        claim_id: claim.to_string(),
        number,
        exposure_id: of.exposure.to_string(),
        against: of.against.to_wire(),
        against_code: of.against_code.clone(),
        asked: Some(money(currency, of.asked)),
        received: some(of.received),
        written_off: some(of.written_off),
        opened_by: of.opened_by.clone(),
        opened_at: Some(wire::timestamp(of.opened_at)),
        closed_at: time(of.closed_at),
        short_reason: of.short_reason.clone(),
    }
}

/// What became of a recovery; none with salvage.
pub fn recovery_response(claim: &Claim, id: Option<RecoveryId>) -> v1::RecoveryResponse {
    let mut recoveries = (1..).zip(&claim.recoveries);
    let found = recoveries.find(|(_, it)| Some(it.id) == id);
    v1::RecoveryResponse {
        recovery: found.map(|(number, it)| recovery(claim.id(), claim.currency, number, it)),
        claim: Some(encode::basic_row(&claim.root())),
    }
}
