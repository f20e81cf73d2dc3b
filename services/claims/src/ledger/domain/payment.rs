//! Payments: ordered out of what is granted and set aside, confirmed once by a bank's reference, or failed.

use kefu_api_events::v1 as events;
use kefu_api_events::wire;
use kefu_kernel::{Money, Timestamp};

use crate::claim::domain::change::Change;
use crate::claim::domain::{Claim, Decided};
use crate::domain::context::Context;
use crate::domain::error::Error;
use crate::domain::ids::{DecisionId, ExposureId, PayeeId, PaymentId};
use crate::domain::words::{
    ClockKind, CostKind, DecisionKind, DecisionState, PaymentState, PostingKind, State,
};

use super::Conversion;
use super::post::NewPosting;

/// A payment of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// How it stands.
    pub state: PaymentState,
    /// The exposure.
    pub exposure: ExposureId,
    /// Of what kind the money is.
    pub cost_kind: CostKind,
    /// How much, in minor units of the claim's currency.
    pub amount: i64,
    /// Who is paid.
    pub payee: PayeeId,
    /// The decision that it rests on.
    pub decision: DecisionId,
    /// How the amount was converted.
    pub conversion: Option<Conversion>,
    /// Who ordered it: a principal's id.
    pub ordered_by: String,
    /// When.
    pub ordered_at: Timestamp,
    /// The system or bank that carried it out, and its reference there; none before.
    pub reference: Option<(String, String)>,
    /// When the bank carried it out.
    pub paid_at: Option<Timestamp>,
    /// When it failed or was cancelled, and the code of why.
    pub failed: Option<(Timestamp, String)>,
}

/// A payment to be ordered.
#[derive(Clone, Debug)]
pub struct Order {
    /// The exposure.
    pub exposure: ExposureId,
    /// How much.
    pub amount: Money,
    /// Who is paid; none: who gets the settlement.
    pub payee: Option<PayeeId>,
    /// How the amount is converted.
    pub conversion: Option<Conversion>,
}

/// What a bank tells of a payment.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The payment.
    pub payment: PaymentId,
    /// The system or bank.
    pub source: String,
    /// Its reference there.
    pub external_id: String,
    /// When; none: now.
    pub paid_at: Option<Timestamp>,
    /// How much.
    pub amount: Money,
}

impl Claim {
    /// Orders a payment: of a settlement, out of what is granted and set aside; of an expense, out of what was decided
    /// for it and set aside. What waits for a signature cannot be ordered.
    pub fn order_payment(&self, context: &Context<'_>, order: &Order) -> Decided {
        let mut change = Change::begin_open(self, context)?;
        let amount = change.claim.positive("amount", order.amount)?;
        let cost = change.claim.exposure(order.exposure)?.cost_kind;
        let decision = change.check_granted(order.exposure, cost, amount)?;
        let settles = if cost == CostKind::Expense { None } else { change.claim.settlement_payee };
        let payee = order.payee.or(settles).ok_or_else(|| Error::unknown("payee_id", ""))?;
        if change.claim.payee("payee_id", payee)?.created_by == context.actor {
            return Err(Error::PayeeNotIndependent);
        }
        change.check_set_aside(order.exposure, amount)?;
        if let Some(conversion) = &order.conversion {
            conversion.check(amount, change.claim.currency, change.now)?;
        }
        let freight = context.shipment.freight().filter(|_| cost == CostKind::FreightRefund);
        if let Some(claim) = freight {
            return Err(Error::FreightAlreadyRefunded(claim));
        }
        change.enter_payment(order, cost, amount, payee, decision)?;
        change.done()
    }

    /// Records that the bank carried a payment out. A second time with the same reference is no change.
    pub fn confirm_payment(&self, context: &Context<'_>, told: Confirmed) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.claim.payment(told.payment)?;
        let payment = change.claim.payments[index].clone();
        let reference = Some((told.source, told.external_id));
        if payment.state == PaymentState::Confirmed && payment.reference == reference {
            return change.done();
        }
        if payment.state != PaymentState::Ordered {
            return Err(Error::PaymentStateRefuses(payment.state));
        }
        if let Some(known) = change.claim.known_reference(reference.as_ref()) {
            return Err(known);
        }
        if change.claim.minor("amount", told.amount)? != payment.amount {
            return Err(Error::AmountDiffers);
        }
        let paid_at = told.paid_at.unwrap_or(change.now);
        if paid_at > change.now {
            return Err(Error::invalid("paid_at", "out_of_range", "is not later than now"));
        }
        change.post_payment(PostingKind::PaymentConfirmed, &payment, "")?;
        let entered = &mut change.claim.payments[index];
        entered.state = PaymentState::Confirmed;
        entered.reference = reference;
        entered.paid_at = Some(paid_at);
        if payment.cost_kind != CostKind::Expense {
            change.claim.state = change.claim.due_state();
        }
        if payment.cost_kind != CostKind::Expense && change.claim.is_paid() {
            change.claim.paid_at = Some(change.now);
            change.meet(&[ClockKind::ClaimPayment, ClockKind::ClaimLegal])?;
        }
        change.tell(events::ClaimPaymentConfirmed {
            payment_id: payment.id.to_string(),
            amount_minor_units: payment.amount,
            paid_at: Some(wire::timestamp(paid_at)),
            ..Default::default()
        });
        change.done()
    }

    /// Records that a payment was not carried out, came back, or is called off before it was sent. What it took is set
    /// aside again.
    pub fn fail_payment(
        &self,
        context: &Context<'_>,
        id: PaymentId,
        reason: &str,
        cancelled: bool,
    ) -> Decided {
        let mut change = Change::begin(self, context)?;
        let index = change.claim.payment(id)?;
        let payment = change.claim.payments[index].clone();
        let came_back = payment.state == PaymentState::Confirmed;
        if !(payment.state == PaymentState::Ordered || (came_back && !cancelled)) {
            return Err(Error::PaymentStateRefuses(payment.state));
        }
        if !change.claim.state.is_open() {
            return Err(Error::StateRefuses(change.claim.state));
        }
        let asked_or_in = change.claim.asked_back();
        if came_back && asked_or_in > change.claim.ledger.total().paid - payment.amount {
            return Err(Error::RecoveryAbovePaid);
        }
        let kind =
            if came_back { PostingKind::PaymentReturned } else { PostingKind::PaymentReleased };
        change.post_payment(kind, &payment, reason)?;
        let state = if cancelled { PaymentState::Cancelled } else { PaymentState::Failed };
        change.claim.payments[index].state = state;
        change.claim.payments[index].failed = Some((change.now, reason.to_owned()));
        if payment.cost_kind != CostKind::Expense && came_back {
            change.due_again()?;
        }
        change.tell(events::ClaimPaymentFailed {
            payment_id: id.to_string(),
            payment_state: events::ClaimPaymentState::from(state).into(),
            reason: reason.to_owned(),
            amount_minor_units: payment.amount,
            ..Default::default()
        });
        change.done()
    }

    /// What signed decisions grant to be spent on an exposure of expenses.
    pub fn granted_on(&self, exposure: ExposureId) -> i64 {
        let on_it = self.signed_expenses(exposure);
        on_it.map(|decision| decision.amount.unwrap_or(0)).sum()
    }

    /// What is granted to be paid of the kind of money that an exposure has, and what was ordered and paid of it.
    pub fn granted_and_used(&self, exposure: ExposureId, cost: CostKind) -> (i64, i64) {
        match cost {
            CostKind::Expense => (self.granted_on(exposure), self.ledger.figures(exposure).used()),
            CostKind::ExGratia => (self.ex_gratia.unwrap_or(0), self.used_by(cost)),
            CostKind::Indemnity | CostKind::FreightRefund => {
                let used =
                    self.used_by(CostKind::Indemnity) + self.used_by(CostKind::FreightRefund);
                (self.settlement.unwrap_or(0), used)
            }
        }
    }

    /// Whether all that is granted was paid.
    pub fn is_paid(&self) -> bool {
        self.approved() > 0 && self.paid_on_the_matter() >= self.approved()
    }

    /// How a claim stands whose settlement was prepared.
    pub fn due_state(&self) -> State {
        if self.is_paid() {
            self.paid_state()
        } else if self.paid_on_the_matter() > 0 {
            State::PartlyPaid
        } else {
            State::SettlementDue
        }
    }

    /// How a claim stands that was paid.
    pub fn paid_state(&self) -> State {
        let open = self.recoveries.iter().any(|recovery| recovery.is_open());
        if open { State::Recovery } else { State::Paid }
    }

    /// A bank's reference posts once: the refusal of one that a payment or receipt has.
    pub fn known_reference(&self, reference: Option<&(String, String)>) -> Option<Error> {
        let reference = Some(reference?);
        let mut payments = self.payments.iter();
        if let Some(payment) = payments.find(|payment| payment.reference.as_ref() == reference) {
            return Some(Error::exists(payment.id));
        }
        let mut receipts = self.ledger.postings.iter();
        let receipt = receipts.find(|posting| posting.reference.as_ref() == reference)?;
        Some(Error::exists(receipt.id))
    }

    fn payment(&self, id: PaymentId) -> Result<usize, Error> {
        self.payments.iter().position(|payment| payment.id == id).ok_or(Error::no_such(id))
    }

    fn signed_expenses(
        &self,
        exposure: ExposureId,
    ) -> impl Iterator<Item = &crate::decision::domain::Decision> {
        self.decisions.iter().filter(move |decision| {
            decision.kind == DecisionKind::Expense
                && decision.state == DecisionState::Signed
                && decision.exposure == Some(exposure)
        })
    }
}

impl Change<'_> {
    /// The decision by which an amount may be ordered. What waits is told apart from what was never granted.
    fn check_granted(
        &self,
        exposure: ExposureId,
        cost: CostKind,
        amount: i64,
    ) -> Result<DecisionId, Error> {
        let claim = &self.claim;
        let kind = cost.granted_by();
        let (granted, used) = claim.granted_and_used(exposure, cost);
        let of_exposure = Some(exposure).filter(|_| kind == DecisionKind::Expense);
        let waiting = claim.pending_of(kind, of_exposure);
        let due = matches!(claim.state, State::SettlementDue | State::PartlyPaid);
        if amount <= granted - used && (due || kind == DecisionKind::Expense) {
            let signed = claim.decisions.iter().rev().find(|decision| {
                let on_it = of_exposure.is_none() || decision.exposure == of_exposure;
                decision.kind == kind && decision.state == DecisionState::Signed && on_it
            });
            return signed.map(|decision| decision.id).ok_or(Error::AboveApproved);
        }
        match waiting {
            Some(waiting) => Err(Error::AmountPending(waiting.id)),
            None if !due && kind != DecisionKind::Expense => Err(Error::StateRefuses(claim.state)),
            None => Err(Error::AboveApproved),
        }
    }

    fn check_set_aside(&self, exposure: ExposureId, amount: i64) -> Result<(), Error> {
        let available = self.claim.ledger.figures(exposure).reserved;
        if amount <= available {
            return Ok(());
        }
        match self.claim.pending_of(DecisionKind::Reserve, Some(exposure)) {
            Some(waiting) => Err(Error::AmountPending(waiting.id)),
            None => {
                let currency = self.claim.currency.code();
                Err(Error::ReserveTooSmall { available, currency })
            }
        }
    }

    fn enter_payment(
        &mut self,
        order: &Order,
        cost: CostKind,
        amount: i64,
        payee: PayeeId,
        decision: DecisionId,
    ) -> Result<(), Error> {
        let payment = Payment {
            id: self.id(),
            state: PaymentState::Ordered,
            exposure: order.exposure,
            cost_kind: cost,
            amount,
            payee,
            decision,
            conversion: order.conversion.clone(),
            ordered_by: self.actor(),
            ordered_at: self.now,
            reference: None,
            paid_at: None,
            failed: None,
        };
        self.post_payment(PostingKind::PaymentOrdered, &payment, "")?;
        let payment_id = payment.id.to_string();
        self.claim.payments.push(payment);
        self.tell(events::ClaimPaymentOrdered {
            payment_id,
            exposure_id: order.exposure.to_string(),
            cost_kind: events::CostKind::from(cost).into(),
            amount_minor_units: amount,
            ..Default::default()
        });
        Ok(())
    }

    fn post_payment(
        &mut self,
        kind: PostingKind,
        payment: &Payment,
        reason: &str,
    ) -> Result<(), Error> {
        let conversion = payment.conversion.clone();
        self.post(NewPosting {
            decision: Some(payment.decision),
            payment: Some(payment.id),
            conversion: conversion.filter(|_| kind == PostingKind::PaymentOrdered),
            reason: reason.to_owned(),
            ..NewPosting::of(kind, payment.exposure, payment.amount)
        })?;
        Ok(())
    }

    /// A payment came back: a claim that was on its way to the payee, or paid, is due once more.
    fn due_again(&mut self) -> Result<(), Error> {
        use State::{Paid, PartlyPaid, Recovery, SettlementDue};
        if !matches!(self.claim.state, SettlementDue | PartlyPaid | Paid | Recovery) {
            return Ok(());
        }
        self.claim.state = self.claim.due_state();
        self.claim.paid_at = None;
        self.start_clocks(&[ClockKind::ClaimPayment])
    }
}
