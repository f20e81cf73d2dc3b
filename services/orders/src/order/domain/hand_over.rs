//! Handing a confirmed order over to sales and to the distribution centre.

use kefu_api_events::v1 as events;

use super::change::Change;
use super::words::{OrderState, PaymentTerms};
use super::{Decision, Order};
use crate::domain::ids::{DepartmentId, PersonId};
use crate::domain::{Context, Error};

impl Order {
    /// Hands it over; again, where others take it. To those who have it already it is no change.
    ///
    /// # Errors
    ///
    /// [`Error::OrderStateRefuses`]; [`Error::NotPaid`] for a prepaid one of which something is open.
    pub fn hand_over(
        &self,
        context: &Context<'_>,
        salesperson: PersonId,
        department: DepartmentId,
    ) -> Decision {
        let states = [OrderState::Confirmed, OrderState::HandedOver];
        let mut change = Change::within(self, context, &states)?;
        let open = self.open().filter(|open| open.minor() > 0);
        if let Some(open) = open.filter(|_| self.terms == Some(PaymentTerms::Prepaid)) {
            return Err(Error::NotPaid(open));
        }
        let (now, order) = (change.now, &mut change.order);
        (order.salesperson, order.department) = (Some(salesperson), Some(department));
        order.state = OrderState::HandedOver;
        order.handed_over_at = order.handed_over_at.or(Some(now));
        if change.order != *self {
            change.tell(events::OrderHandedOver::default());
        }
        change.done()
    }
}
