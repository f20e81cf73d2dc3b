//! Checks with the customer: recorded one by one, and taken away by a change of what they covered.

use kefu_api_events::v1 as events;
use kefu_kernel::Timestamp;

use super::change::Change;
use super::words::{CheckKind, CheckResult, OrderState};
use super::{Decision, GoodsLine, Order, OrderType, Party};
use crate::domain::{Context, Error};

/// A check with the customer, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What came of it.
    pub result: CheckResult,
    /// What was said. Personal data.
    pub note: String,
    /// Who checked: a principal's id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Order {
    /// Records a check. A later one of the same kind takes its place.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`] for all but a draft; [`Error::CheckNoteRequired`].
    pub fn record_check(
        &self,
        context: &Context<'_>,
        kind: CheckKind,
        result: CheckResult,
        note: String,
    ) -> Decision {
        let mut change = Change::within(self, context, &[OrderState::Draft])?;
        if result == CheckResult::Failed && note.is_empty() {
            return Err(Error::CheckNoteRequired);
        }
        let (by, at) = (context.actor.to_owned(), change.now);
        change.order.checks.insert(kind, Check { result, note, by, at });
        let (check, result) = (kind.to_wire(), result.to_wire());
        change.tell(events::OrderChecked { check, result, ..Default::default() });
        change.done()
    }

    /// The checks that its type asks for and that were not passed.
    pub(super) fn missing_checks(&self, kind: &OrderType) -> Vec<CheckKind> {
        let passed = |kind: &CheckKind| {
            self.checks.get(kind).is_some_and(|check| check.result == CheckResult::Passed)
        };
        kind.required_checks.iter().copied().filter(|kind| !passed(kind)).collect()
    }

    /// Takes away the checks that covered what is not as it was; tells which those are.
    pub(super) fn withdraw_checks(&mut self, before: &Self) -> Vec<CheckKind> {
        let held: Vec<CheckKind> = self.checks.keys().copied().collect();
        let gone: Vec<CheckKind> =
            held.into_iter().filter(|kind| kind.covered(before) != kind.covered(self)).collect();
        self.checks.retain(|kind, _| !gone.contains(kind));
        gone
    }
}

impl CheckKind {
    /// What it covers, as a text to be compared.
    fn covered(self, order: &Order) -> Vec<String> {
        let parties = |part: fn(&Party) -> String| order.parties.iter().map(part);
        let goods = |part: fn(&GoodsLine) -> String| order.goods.iter().map(part);
        let address = |party: &Party| format!("{:?}{:?}", party.role, party.address);
        match self {
            Self::Address => parties(address).collect(),
            Self::Contact => parties(|party| {
                let contact = (&party.name, &party.phone, &party.other_phone, &party.email);
                format!("{:?}{contact:?}", party.role)
            })
            .collect(),
            Self::ServiceArea => {
                let what = |line: &GoodsLine| {
                    format!("{:?}", (&line.commodity, &line.handling, line.weight_grams))
                };
                parties(address).chain(goods(what)).collect()
            }
            Self::Remarks => {
                let packing = |line: &GoodsLine| format!("{:?}", (&line.packaging, &line.handling));
                let remarks = format!("{:?}", (&order.instructions, &order.pickup_window));
                goods(packing).chain([remarks]).collect()
            }
        }
    }
}
