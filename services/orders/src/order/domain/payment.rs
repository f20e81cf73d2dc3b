//! What was paid for an order, and what was taken back of it.

use kefu_api_events::v1 as events;
use kefu_api_events::wire::timestamp;
use kefu_kernel::{Money, Timestamp};

use super::change::Change;
use super::content::positive;
use super::words::{OrderVerb, PaymentKind, PaymentMethod};
use super::{Decision, Order, OrderTypes, Payment};
use crate::domain::ids::OrderPaymentId;
use crate::domain::{Context, Error, not_ahead};

/// What was paid.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// Its id.
    pub id: OrderPaymentId,
    /// What it is.
    pub kind: PaymentKind,
    /// By what means.
    pub method: PaymentMethod,
    /// How much.
    pub amount: Money,
    /// When it was paid; none: now.
    pub paid_at: Option<Timestamp>,
    /// From where it is known; empty: the caller.
    pub source: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// What stands on the slip. Personal data.
    pub reference: String,
}

impl Order {
    /// Records a payment.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`]; an amount that is not above zero or in another currency than the price;
    /// [`Error::PaymentExceedsPrice`], [`Error::PaymentKindInvalid`].
    pub fn record_payment(
        &self,
        context: &Context<'_>,
        types: &OrderTypes,
        new: NewPayment,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        self.rule(types.get(&self.kind)?, OrderVerb::RecordPayment, holds)?;
        positive("amount", Some(new.amount))?;
        self.check_payment(&new)?;
        let mut change = Change::of(self, context);
        let paid_at = new.paid_at.unwrap_or(change.now);
        not_ahead("paid_at", paid_at, change.now)?;
        let source = if new.source.is_empty() { context.actor.to_owned() } else { new.source };
        change.order.payments.push(Payment {
            id: new.id,
            kind: new.kind,
            method: new.method,
            amount: new.amount,
            paid_at,
            source,
            external_id: new.external_id,
            reference: new.reference,
            recorded_by: context.actor.to_owned(),
            reversed: None,
        });
        let payload = events::OrderPaymentRecorded {
            payment_id: new.id.to_string(),
            kind: new.kind.to_wire(),
            method: new.method.to_wire(),
            amount_minor_units: new.amount.minor(),
            paid_at: Some(timestamp(paid_at)),
            paid_basis_points: self.basis_points(new.amount),
            ..Default::default()
        };
        change.tell(payload);
        change.done()
    }

    /// Takes a payment back that did not arrive or was recorded by mistake; it stays to be seen.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`], [`Error::PaymentNotFound`], [`Error::PaymentReversed`].
    pub fn reverse_payment(
        &self,
        context: &Context<'_>,
        types: &OrderTypes,
        id: OrderPaymentId,
        reason: &str,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        self.rule(types.get(&self.kind)?, OrderVerb::RecordPayment, holds)?;
        let mut change = Change::of(self, context);
        let now = change.now;
        let found = change.order.payments.iter_mut().find(|payment| payment.id == id);
        let payment = found.ok_or(Error::PaymentNotFound(id))?;
        if payment.reversed.is_some() {
            return Err(Error::PaymentReversed(id));
        }
        payment.reversed = Some((now, reason.to_owned()));
        let payload = events::OrderPaymentReversed {
            payment_id: id.to_string(),
            amount_minor_units: payment.amount.minor(),
            reason: reason.to_owned(),
            ..Default::default()
        };
        change.tell(payload);
        change.done()
    }

    /// Refuses more than is open, and a kind that the amount is not. Without a price only a deposit is taken.
    fn check_payment(&self, new: &NewPayment) -> Result<(), Error> {
        let Some(open) = self.open() else {
            if let Some(paid) = self.paid() {
                paid.checked_add(new.amount)?;
            }
            let what = "an order without a price takes deposits only";
            let deposit = new.kind == PaymentKind::Deposit;
            return if deposit { Ok(()) } else { Err(Error::PaymentKindInvalid(what)) };
        };
        let full = new.kind == PaymentKind::Full;
        match new.amount.compare(open)? {
            std::cmp::Ordering::Greater => Err(Error::PaymentExceedsPrice(self.id())),
            std::cmp::Ordering::Less if full => {
                Err(Error::PaymentKindInvalid("a full payment pays all that is open"))
            }
            std::cmp::Ordering::Equal if !full => {
                Err(Error::PaymentKindInvalid("what pays all that is open is a full payment"))
            }
            _ => Ok(()),
        }
    }

    /// What part of the price an amount is, in hundredths of a percent, cut; 0 where there is no price.
    fn basis_points(&self, amount: Money) -> i32 {
        let price = self.price.map_or(0, |price| i128::from(price.minor()));
        let part = (i128::from(amount.minor()) * 10_000).checked_div(price);
        part.and_then(|part| i32::try_from(part).ok()).unwrap_or(0)
    }
}
