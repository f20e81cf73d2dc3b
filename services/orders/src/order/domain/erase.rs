//! Overwriting what is personal in an order, because its customer was erased. Facts stay as they are: what it
//! was of, what it cost, how it went.

use kefu_api_events::v1 as events;
use kefu_kernel::field::FieldValue;

use super::change::Change;
use super::{Address, Decision, Order, Party};
use crate::domain::Context;

impl Order {
    /// Overwrites every personal text, in whatever state it is. What is empty already is no change.
    ///
    /// # Errors
    ///
    /// None.
    pub fn erase(&self, context: &Context<'_>) -> Decision {
        let mut change = Change::of(self, context);
        let order = &mut change.order;
        order.parties.iter_mut().for_each(Party::erase);
        order.goods.iter_mut().for_each(|line| line.description.clear());
        order.instructions.clear();
        order.cancel_note.clear();
        order.checks.values_mut().for_each(|check| check.note.clear());
        order.payments.iter_mut().for_each(|payment| payment.reference.clear());
        for value in order.fields.values_mut() {
            if let FieldValue::Text(text) = value {
                text.clear();
            }
        }
        order.fingerprints.clear();
        if change.order != *self {
            change.tell(events::OrderErased::default());
        }
        change.done()
    }
}

impl Party {
    fn erase(&mut self) {
        let address = self.address.as_ref().map(|address| Address {
            country: address.country.clone(),
            outlet_code: address.outlet_code.clone(),
            ..Address::default()
        });
        let (role, customer) = (self.role, self.customer);
        let nothing = String::new;
        *self = Self {
            role,
            customer,
            address,
            name: nothing(),
            company: nothing(),
            phone: nothing(),
            other_phone: nothing(),
            email: nothing(),
        };
    }
}
