//! Changing fields, by the rules of the type. State, people and payments have verbs of their own.

use std::collections::BTreeMap;

use kefu_api_events::v1 as events;
use kefu_kernel::field::{FieldValue, Fields};
use kefu_kernel::{Id, Money};

use super::change::Change;
use super::types::CHANGEABLE;
use super::words::{OrderState, OrderVerb, PaymentTerms};
use super::{Decision, GoodsLine, Order, OrderType, OrderTypes, Party, PickupWindow};
use crate::domain::ids::{BranchId, CustomerId};
use crate::domain::{Context, Error};

/// Which fields become what; none: as it is.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Whose it is; within: nobody's.
    pub customer: Option<Option<CustomerId>>,
    /// Who sends, receives, pays and is to be told; all are replaced.
    pub parties: Option<Vec<Party>>,
    /// What is carried; all lines are replaced.
    pub goods: Option<Vec<GoodsLine>>,
    /// What the goods are worth; within: nothing declared.
    pub declared_value: Option<Option<Money>>,
    /// What is to be collected; within: nothing.
    pub cod: Option<Option<Money>>,
    /// What it costs; within: not known.
    pub price: Option<Option<Money>>,
    /// How it is to be paid; within: not told.
    pub terms: Option<Option<PaymentTerms>>,
    /// When it is to be picked up; within: nothing agreed.
    pub pickup_window: Option<Option<PickupWindow>>,
    /// What whoever carries it has to mind.
    pub instructions: Option<String>,
    /// The customer's language.
    pub language: Option<String>,
    /// The branch it belongs to; within: none.
    pub branch: Option<Option<BranchId>>,
    /// The fields of its type.
    pub fields: PatchFields,
    /// From where it came.
    pub source: Option<String>,
}

/// What becomes of a type's own fields.
#[derive(Clone, Debug, Default)]
pub enum PatchFields {
    /// All stay.
    #[default]
    Keep,
    /// These and no others.
    Replace(Fields),
    /// These become so; none within: is cleared.
    Set(BTreeMap<String, Option<FieldValue>>),
}

impl Order {
    /// Changes fields. What becomes what it is already is no change. A change of what a check covers takes it
    /// away; a confirmed order that lacks something by it is a draft again.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`], [`Error::NeedsPermission`]; as for a new one;
    /// [`Error::PaymentExceedsPrice`].
    pub fn update(
        &self,
        context: &Context<'_>,
        types: &OrderTypes,
        patch: Patch,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        let kind = types.get(&self.kind)?;
        let rule = self.rule(kind, OrderVerb::Update, holds)?;
        let mut change = Change::of(self, context);
        change.order.apply(patch);
        let names = change.order.changed_since(self);
        if !rule.fields.is_empty() && names.iter().any(|name| !rule.fields.contains(name)) {
            return Err(self.refuses());
        }
        change.order.check_content(kind)?;
        change.order.check_update(self)?;
        if change.order == *self {
            return change.done();
        }
        let withdrawn = change.order.withdraw_checks(self);
        if self.state == OrderState::Confirmed && !change.order.may_stay_confirmed(kind) {
            (change.order.state, change.order.confirmed_at) = (OrderState::Draft, None);
        }
        let checks = withdrawn.into_iter().map(|kind| kind.to_wire());
        let payload =
            events::OrderUpdated { withdrawn_checks: checks.collect(), ..Default::default() };
        change.tell(payload);
        change.done()
    }

    /// The rule that allows a verb in its state to this caller.
    pub(super) fn rule<'k>(
        &self,
        kind: &'k OrderType,
        verb: OrderVerb,
        holds: &dyn Fn(&str) -> bool,
    ) -> Result<&'k super::Rule, Error> {
        let rule = kind.rule(verb, self.state).ok_or_else(|| self.refuses())?;
        if rule.permission.is_empty() || holds(&rule.permission) {
            Ok(rule)
        } else {
            Err(Error::NeedsPermission(rule.permission.clone()))
        }
    }

    fn apply(&mut self, patch: Patch) {
        set(&mut self.customer, patch.customer);
        set(&mut self.parties, patch.parties);
        set(&mut self.goods, patch.goods);
        set(&mut self.declared_value, patch.declared_value);
        set(&mut self.cod, patch.cod);
        set(&mut self.price, patch.price);
        set(&mut self.terms, patch.terms);
        set(&mut self.pickup_window, patch.pickup_window);
        set(&mut self.instructions, patch.instructions);
        set(&mut self.language, patch.language);
        set(&mut self.head.branch, patch.branch.map(|branch| branch.map(Id::uuid)));
        set(&mut self.source, patch.source);
        match patch.fields {
            PatchFields::Keep => {}
            PatchFields::Replace(fields) => self.fields = fields,
            PatchFields::Set(values) => {
                for (code, value) in values {
                    match value {
                        Some(value) => self.fields.insert(code, value),
                        None => self.fields.remove(&code),
                    };
                }
            }
        }
    }

    /// Names of the changeable fields that differ, a type's own as `fields`.
    fn changed_since(&self, before: &Self) -> Vec<String> {
        let changed = <Self as kefu_api_events::Subject>::changed(before, self);
        let named = |name: String| match name.split_once('.') {
            Some((whole, _)) => whole.to_owned(),
            None => name,
        };
        let known = |name: &String| CHANGEABLE.contains(&name.as_str());
        changed.into_iter().map(named).filter(known).collect()
    }

    /// Refuses what fits an order but not this one.
    fn check_update(&self, before: &Self) -> Result<(), Error> {
        if self.source != before.source && self.external_id.is_some() {
            let what = "stays as it is while the order has an id there";
            return Err(Error::invalid("order.source", "fixed", what));
        }
        if self.customer.is_none() && before.customer.is_some() && before.confirmed_at.is_some() {
            let what = "cannot be cleared once it is confirmed";
            return Err(Error::invalid("order.customer_id", "required", what));
        }
        let Some(paid) = self.paid() else { return Ok(()) };
        match self.price {
            Some(price) if paid.compare(price)?.is_gt() => {
                Err(Error::PaymentExceedsPrice(self.id()))
            }
            None if before.price.is_some() => {
                let what = "cannot be cleared when something was paid";
                Err(Error::invalid("order.price", "required", what))
            }
            _ => Ok(()),
        }
    }

    /// Whether it has everything that it was confirmed with.
    fn may_stay_confirmed(&self, kind: &OrderType) -> bool {
        let asked = self.credit.as_ref().map(|credit| credit.answer.question);
        self.missing_fields(kind).is_empty()
            && self.missing_checks(kind).is_empty()
            && self.credit_question().is_none_or(|question| Some(question) == asked)
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
