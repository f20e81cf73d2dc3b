//! Confirming a draft: everything is there, checked with the customer, no duplicate, and credit allows it.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::words::{OrderState, PartyRole};
use super::{Credit, CreditAnswer, Decision, Order, OrderType, OrderTypes, Party};
use crate::domain::ids::OrderId;
use crate::domain::{Context, Error};

/// The permission to confirm although credit is refused.
const OVERRIDE: &str = "orders.override_credit";

/// What a draft is confirmed with.
#[derive(Clone, Debug, Default)]
pub struct Confirm {
    /// Those that it may be a duplicate of and is not.
    pub not_duplicate_of: Vec<OrderId>,
    /// What customers answered now; none: what they answered before counts still, or nobody has to be asked.
    pub credit: Option<CreditAnswer>,
    /// Why it is confirmed although credit is refused: a code; empty: it is not.
    pub override_reason: String,
}

impl Order {
    /// Confirms a draft.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`], [`Error::OrderIncomplete`], [`Error::ChecksMissing`],
    /// [`Error::MaybeDuplicate`], [`Error::CreditRefused`], [`Error::NeedsPermission`].
    pub fn confirm(
        &self,
        context: &Context<'_>,
        types: &OrderTypes,
        with: Confirm,
        holds: &dyn Fn(&str) -> bool,
    ) -> Decision {
        let kind = types.get(&self.kind)?;
        let mut change = Change::within(self, context, &[OrderState::Draft])?;
        let missing = self.missing_fields(kind);
        if !missing.is_empty() {
            return Err(Error::OrderIncomplete(missing));
        }
        let missing = self.missing_checks(kind);
        if !missing.is_empty() {
            return Err(Error::ChecksMissing(
                missing.into_iter().map(|kind| kind.name()).collect(),
            ));
        }
        let unnamed =
            self.possible_duplicates.iter().filter(|id| !with.not_duplicate_of.contains(id));
        let unnamed: Vec<OrderId> = unnamed.copied().collect();
        if !unnamed.is_empty() {
            return Err(Error::MaybeDuplicate(unnamed));
        }
        change.judge_credit(with.credit, &with.override_reason, holds)?;
        change.order.state = OrderState::Confirmed;
        change.order.confirmed_at = Some(change.now);
        let overridden = change.order.credit.as_ref().and_then(|credit| credit.overridden.clone());
        let named = with.not_duplicate_of.iter().map(ToString::to_string);
        let payload = events::OrderConfirmed {
            credit_override_reason: overridden.map(|(reason, _)| reason).unwrap_or_default(),
            not_duplicate_of_ids: named.collect(),
            ..Default::default()
        };
        change.tell(payload);
        change.done()
    }

    /// Names of the fields that its type asks for and that it has not.
    pub(super) fn missing_fields(&self, kind: &OrderType) -> Vec<String> {
        kind.required_fields.iter().filter(|name| !self.has(name)).cloned().collect()
    }

    fn has(&self, name: &str) -> bool {
        if let Some(own) = name.strip_prefix("fields.") {
            return self.fields.contains_key(own);
        }
        if let Some(of_party) = name.strip_prefix("parties.") {
            let (role, part) = of_party.split_once('.').unwrap_or((of_party, ""));
            let has = |party: &Party| match part {
                "phone" => !party.phone.is_empty(),
                "address" => party.address.is_some(),
                _ => true,
            };
            return PartyRole::from_name(role).and_then(|role| self.party(role)).is_some_and(has);
        }
        match name {
            "customer_id" => self.customer.is_some(),
            "goods" => !self.goods.is_empty(),
            "goods.weight_grams" => self.goods.iter().all(|line| line.weight_grams > 0),
            "payment_terms" => self.terms.is_some(),
            "price" => self.price.is_some(),
            "declared_value" => self.declared_value.is_some(),
            "cod_amount" => self.cod.is_some(),
            "pickup_window" => self.pickup_window.is_some(),
            "instructions" => !self.instructions.is_empty(),
            _ => false,
        }
    }
}

impl Change<'_> {
    /// Takes an answer over and refuses where credit does, unless somebody who may says why not.
    fn judge_credit(
        &mut self,
        fresh: Option<CreditAnswer>,
        override_reason: &str,
        holds: &dyn Fn(&str) -> bool,
    ) -> Result<(), Error> {
        if let Some(answer) = fresh {
            self.order.credit = Some(answer.into());
        }
        if self.order.needs_credit(self.now).is_some() {
            // Whoever confirms asks first; without an answer nothing is given on credit.
            return Err(Error::CreditRefused(Vec::new()));
        }
        if self.order.credit_question().is_none() {
            return Ok(());
        }
        let by = self.context.actor.to_owned();
        match &mut self.order.credit {
            Some(Credit { answer, overridden }) if !answer.is_allowed() => {
                if override_reason.is_empty() {
                    let refusals = answer.refusals.iter().map(|refusal| refusal.name());
                    return Err(Error::CreditRefused(refusals.collect()));
                }
                if !holds(OVERRIDE) {
                    return Err(Error::NeedsPermission(OVERRIDE.to_owned()));
                }
                *overridden = Some((override_reason.to_owned(), by));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
