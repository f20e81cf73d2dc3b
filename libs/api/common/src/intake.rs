//! What intake methods tell of an item that they did not take.

use kefu_kernel::FieldViolation;

use crate::v1::ItemViolation;

impl From<FieldViolation> for ItemViolation {
    fn from(violation: FieldViolation) -> Self {
        let FieldViolation { field, description, reason } = violation;
        Self { field, description, reason }
    }
}
