//! The tables of credit: the record, what is overdue, and what orders use of it.

pub mod aggregate;
pub mod arrears;
pub mod credit;
pub mod used;

use kefu_store::Schema;

/// Makes them.
pub fn create(schema: &mut Schema) {
    credit::create(schema);
    arrears::create(schema);
    used::create(schema);
}
