//! The tables of revisits and their policies, and how both are read from and written to them.

pub mod answer;
pub mod attempt;
pub mod opinion;
pub mod policy;
pub mod promise;
pub mod revisit;
pub mod revisit_aggregate;

use kefu_store::Schema;

/// Makes them.
pub fn create(schema: &mut Schema) {
    revisit::create(schema);
    attempt::create(schema);
    opinion::create(schema);
    promise::create(schema);
    answer::create(schema);
    policy::create(schema);
}
