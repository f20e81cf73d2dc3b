//! Investigating a customer's credit, taking over what is overdue, and holding everything.

use std::collections::BTreeSet;

use kefu_api_events::v1 as events;
use kefu_api_events::{FactsEvent, Tale, wire};
use kefu_kernel::{InvalidFields, Money, Timestamp};

use crate::domain::Context;

use super::words::Grade;
use super::{Arrears, Credit, Decision, Error, Hold};

/// What an investigation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Investigation {
    /// The grade.
    pub grade: Grade,
    /// How much may be owed at once; none: nothing on credit.
    pub limit: Option<Money>,
    /// Whether orders with cash on delivery are taken.
    pub cash_on_delivery_allowed: bool,
    /// From where it is known: a code.
    pub source: String,
    /// Until when it counts; none: until the next. Later than now.
    pub valid_until: Option<Timestamp>,
    /// What was found, in words.
    pub findings: String,
}

impl Credit {
    /// Records what an investigation found.
    ///
    /// # Errors
    ///
    /// [`Error::AmountInvalid`] for a limit that is negative, given with grade D, or of another currency than
    /// the arrears; [`Error::TimeOutOfRange`].
    pub fn investigate(&self, context: &Context<'_>, found: Investigation) -> Decision {
        let now = self.moment(context);
        let wrong = |what| Err(Error::AmountInvalid { field: "limit".into(), what });
        if let Some(limit) = found.limit {
            if limit.minor() < 0 {
                return wrong("cannot be negative");
            }
            if found.grade == Grade::D {
                return wrong("cannot be given with grade D");
            }
            if self.overdue().is_some_and(|overdue| overdue.currency() != limit.currency()) {
                return wrong("must be of the currency of the arrears");
            }
        }
        ahead("valid_until", found.valid_until, now)?;
        let source = found.source.clone();
        let after = Self {
            grade: Some(found.grade),
            limit: found.limit,
            cash_on_delivery_allowed: found.cash_on_delivery_allowed,
            source: found.source,
            valid_until: found.valid_until,
            investigated_at: Some(now),
            investigated_by: context.actor.to_owned(),
            findings: found.findings,
            ..self.clone()
        };
        Ok(self.becomes(after, events::CreditInvestigated { source, ..Default::default() }))
    }

    /// Takes over everything that is overdue; what was known before is replaced. The same again is no change.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for a region twice, [`Error::AmountInvalid`] for what is not positive or of another
    /// currency than the others or the limit, [`Error::TimeOutOfRange`] for what is due in the future,
    /// [`Error::Money`] where the sum does not fit.
    pub fn set_arrears(&self, context: &Context<'_>, arrears: Vec<Arrears>) -> Decision {
        let now = self.moment(context);
        let currency = self.limit.or_else(|| arrears.first().map(|one| one.amount));
        let mut regions = BTreeSet::new();
        for (index, one) in arrears.iter().enumerate() {
            let field = |name| format!("arrears[{index}].{name}");
            let wrong = |what| Err(Error::AmountInvalid { field: field("amount"), what });
            if one.amount.minor() <= 0 {
                return wrong("must be more than nothing");
            }
            if currency.is_some_and(|currency| currency.currency() != one.amount.currency()) {
                return wrong("must be of one currency, the limit's where there is one");
            }
            if one.due_since > now {
                let what = "cannot be in the future";
                return Err(Error::TimeOutOfRange { field: field("due_since"), what });
            }
            if !regions.insert(&one.region) {
                return Err(InvalidFields::one(field("region"), "unique", "is there twice").into());
            }
        }
        if let Some(currency) = currency {
            Money::sum(currency.currency(), arrears.iter().map(|one| one.amount))?;
        }
        if arrears == self.arrears {
            return Ok((self.clone(), Vec::new()));
        }
        let oldest = arrears.iter().map(|one| one.due_since).min();
        let after = Self { arrears, ..self.clone() };
        let oldest_due_since = oldest.map(wire::timestamp);
        Ok(self.becomes(after, events::CreditArrearsSet { oldest_due_since, ..Default::default() }))
    }

    /// Gives nothing on credit and takes no cash on delivery for now; a hold that there is gets this reason and
    /// end.
    ///
    /// # Errors
    ///
    /// [`Error::TimeOutOfRange`] where the end is not ahead.
    pub fn hold(
        &self,
        context: &Context<'_>,
        reason: String,
        until: Option<Timestamp>,
    ) -> Decision {
        let now = self.moment(context);
        ahead("until", until, now)?;
        let hold = Hold { reason, until, held_by: context.actor.to_owned(), held_at: now };
        let after = Self { hold: Some(hold), ..self.clone() };
        let until = until.map(wire::timestamp);
        Ok(self.becomes(after, events::CreditHeld { until, ..Default::default() }))
    }

    /// Lifts a hold.
    ///
    /// # Errors
    ///
    /// [`Error::NotHeld`].
    pub fn release(&self) -> Decision {
        if self.hold.is_none() {
            return Err(Error::NotHeld(self.customer));
        }
        let after = Self { hold: None, ..self.clone() };
        Ok(self.becomes(after, events::CreditHoldReleased::default()))
    }

    /// Lifts a hold whose time is over: what a durable timer calls at [`Credit::wakes_at`]. Safe to call early
    /// and twice.
    ///
    /// # Errors
    ///
    /// None.
    pub fn expire_hold(&self, now: Timestamp) -> Decision {
        match self.wakes_at() {
            Some(until) if until <= now => self.release(),
            _ => Ok((self.clone(), Vec::new())),
        }
    }

    /// The present moment; never before the last event.
    fn moment(&self, context: &Context<'_>) -> Timestamp {
        context.now.max(self.head.updated_at)
    }

    /// What it becomes, with the event; of one without events yet, nothing was before.
    fn becomes(
        &self,
        after: Self,
        payload: impl FactsEvent<Facts = events::CreditFacts>,
    ) -> (Self, Vec<kefu_kernel::NewEvent>) {
        let mut tale = if self.head.version == 0 { Tale::of_new() } else { Tale::of(self) };
        tale.tell(&after, Vec::new(), payload);
        (after, tale.into_events())
    }
}

fn ahead(field: &str, at: Option<Timestamp>, now: Timestamp) -> Result<(), Error> {
    if at.is_some_and(|at| at <= now) {
        let what = "must be in the future";
        return Err(Error::TimeOutOfRange { field: field.to_owned(), what });
    }
    Ok(())
}
