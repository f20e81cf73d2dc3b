//! What makes the tables of claims, and how their words and amounts are read.

use kefu_kernel::{Money, Word};
use kefu_store::row::broken;
use kefu_store::{Migration, Schema, StoreError, deadline};

use crate::claim::store::{
    checklist, claim, custody, evidence, exposure, line, link, person, share,
};
use crate::decision::store::{authority_limit, decision, delegation, signature};
use crate::ledger::store::{account, entry, payee, payment, posting, recovery};
use crate::offer::store as offer;

#[cfg(test)]
mod tests;

/// What makes the tables.
pub const MIGRATIONS: &[Migration] = &[
    kefu_runtime::directory::MIGRATIONS[0],
    Migration { name: "claims_001_claim", up: create_claim },
    Migration { name: "claims_002_decision", up: create_decision },
    Migration { name: "claims_003_ledger", up: create_ledger },
];

fn create_claim(schema: &mut Schema) {
    claim::create(schema);
    line::create(schema);
    exposure::create(schema);
    evidence::create(schema);
    custody::create(schema);
    checklist::create(schema);
    link::create(schema);
    share::create(schema);
    person::create(schema);
    deadline::create(schema);
}

fn create_decision(schema: &mut Schema) {
    offer::create(schema);
    decision::create(schema);
    signature::create(schema);
    authority_limit::create(schema);
    delegation::create(schema);
}

fn create_ledger(schema: &mut Schema) {
    payee::create(schema);
    account::create(schema);
    posting::create(schema);
    entry::create(schema);
    payment::create(schema);
    recovery::create(schema);
}

/// A word by its stable name.
pub fn word<W: Word>(name: &str, what: &str) -> Result<W, StoreError> {
    W::from_name(name).ok_or_else(|| broken(what))
}

/// An amount in a currency by its letters.
pub fn money(minor: i64, currency: &str) -> Result<Money, StoreError> {
    Money::from_code(minor, currency).map_err(|_| broken("currency"))
}
