//! Taking an order over from elsewhere, as far as it had come there.

use kefu_kernel::{FieldViolation, InvalidFields, Money, Timestamp};

use super::change::Change;
use super::words::{OrderState, PaymentKind, PaymentMethod};
use super::{CreditAnswer, Decision, New, Order, OrderTypes, Payment};
use crate::domain::ids::{DepartmentId, OrderPaymentId, PersonId};
use crate::domain::{Context, Error};

/// An order from elsewhere.
#[derive(Clone, Debug)]
pub struct Imported {
    /// What it is of.
    pub new: New,
    /// When the customer gave it.
    pub created_at: Timestamp,
    /// How it stands.
    pub state: OrderState,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it was handed over.
    pub handed_over_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The code of why it was cancelled.
    pub cancel_reason: String,
    /// The salesperson who had it.
    pub salesperson: Option<PersonId>,
    /// The distribution centre that had it.
    pub department: Option<DepartmentId>,
    /// What was paid of the price, kept as one payment.
    pub paid: Option<Money>,
    /// The id of that payment.
    pub payment: OrderPaymentId,
    /// What customers answers, where it is no history and they had to be asked.
    pub credit: Option<CreditAnswer>,
    /// It is no history.
    pub live: bool,
}

impl Order {
    /// Takes it over. What its type asks for before it is confirmed is not asked of what was.
    ///
    /// # Errors
    ///
    /// As for a new one; times that are missing, or not in their order; more paid than it costs.
    pub fn import(context: &Context<'_>, types: &OrderTypes, imported: Imported) -> Decision {
        let kind = types.get(&imported.new.kind)?;
        imported.check(context.now)?;
        let source = imported.new.source.clone();
        let mut order = Self::blank(context, imported.new);
        order.check_content(kind)?;
        order.head.created_at = imported.created_at;
        order.state = imported.state;
        order.historic = !imported.live;
        order.confirmed_at = imported.confirmed_at;
        order.handed_over_at = imported.handed_over_at;
        order.ended_at = imported.ended_at;
        order.cancel_reason = imported.cancel_reason;
        (order.salesperson, order.department) = (imported.salesperson, imported.department);
        order.check_credit(imported.credit.as_ref())?;
        order.credit = imported.credit.map(Into::into);
        if let Some(paid) = imported.paid.filter(|paid| paid.minor() > 0) {
            let price = order.price.ok_or(Error::PaymentExceedsPrice(order.id()))?;
            let kind = match paid.compare(price)? {
                std::cmp::Ordering::Greater => {
                    return Err(Error::PaymentExceedsPrice(order.id()));
                }
                std::cmp::Ordering::Equal => PaymentKind::Full,
                std::cmp::Ordering::Less => PaymentKind::Part,
            };
            order.payments.push(Payment {
                id: imported.payment,
                kind,
                method: PaymentMethod::Other,
                amount: paid,
                paid_at: imported.ended_at.unwrap_or(imported.created_at),
                source,
                external_id: None,
                reference: String::new(),
                recorded_by: context.actor.to_owned(),
                reversed: None,
            });
        }
        let mut change = Change::new(order, context);
        change.tell_created();
        change.done()
    }
}

impl Order {
    /// Refuses what goes on here against its customer's credit; of a draft nothing is promised yet.
    fn check_credit(&self, answer: Option<&CreditAnswer>) -> Result<(), Error> {
        let refused = answer.filter(|answer| !answer.is_allowed());
        match refused.filter(|_| self.state != OrderState::Draft && self.ended_at.is_none()) {
            Some(answer) => {
                let refusals = answer.refusals.iter().map(|refusal| refusal.name());
                Err(Error::CreditRefused(refusals.collect()))
            }
            None => Ok(()),
        }
    }
}

impl Imported {
    /// Refuses a state that only shipments make, and times that do not fit it; names all of them.
    fn check(&self, now: Timestamp) -> Result<(), Error> {
        use OrderState::{Cancelled, Confirmed, Failed, Fulfilled, HandedOver, InProgress};
        let (state, mut wrong) = (self.state, Vec::new());
        let mut refuse = |field: &str, reason: &str, what: &str| {
            wrong.push(FieldViolation::new(field, reason, what));
        };
        if state == InProgress {
            refuse("state", "not_in", "follows from shipments alone");
        }
        let needed = [
            ("confirmed_at", self.confirmed_at, &[Confirmed, HandedOver, Fulfilled, Failed][..]),
            ("handed_over_at", self.handed_over_at, &[HandedOver, Fulfilled, Failed][..]),
            ("ended_at", self.ended_at, &[Fulfilled, Failed, Cancelled][..]),
        ];
        let mut last = self.created_at;
        if last > now {
            refuse("created_at", "not_ahead", "is not later than now");
        }
        for (field, at, states) in needed {
            match at {
                None if states.contains(&state) => {
                    refuse(field, "required", "is needed in that state");
                }
                Some(at) if at < last || at > now => {
                    refuse(
                        field,
                        "order",
                        "is not before what came before it, and not later than now",
                    );
                }
                _ => last = at.unwrap_or(last),
            }
        }
        if self.ended_at.is_some() && !matches!(state, Fulfilled | Failed | Cancelled) {
            refuse("ended_at", "not_now", "belongs to an order that has ended");
        }
        if state == Cancelled && self.cancel_reason.is_empty() {
            refuse("cancel_reason", "required", "is needed where it was cancelled");
        }
        if wrong.is_empty() { Ok(()) } else { Err(InvalidFields(wrong).into()) }
    }
}
