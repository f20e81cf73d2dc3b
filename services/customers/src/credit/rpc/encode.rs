//! Credit as the API shows it.

use std::collections::HashMap;

use kefu_api_common::wire;
use kefu_api_customers::v1;
use kefu_kernel::Money;

use crate::credit::domain::words::Grade;
use crate::credit::domain::{Arrears, Credit, Hold};

/// A customer's credit; `used` is what is owed by its orders, by currency.
pub fn credit(credit: &Credit, used: &HashMap<String, i64>) -> v1::Credit {
    v1::Credit {
        customer_id: credit.customer.to_string(),
        etag: credit.head.etag(),
        grade: credit.grade.map_or(0, Grade::to_wire),
        limit: credit.limit.map(wire::money),
        used: credit.limit.map(|limit| wire::money(used_of(limit, used))),
        arrears: credit.arrears.iter().map(arrears).collect(),
        cash_on_delivery_allowed: credit.cash_on_delivery_allowed,
        hold: credit.hold.as_ref().map(hold),
        source: credit.source.clone(),
        valid_until: credit.valid_until.map(wire::timestamp),
        investigated_at: credit.investigated_at.map(wire::timestamp),
        investigated_by: credit.investigated_by.clone(),
        findings: credit.findings.clone(),
        updated_at: (credit.head.version > 0).then(|| wire::timestamp(credit.head.updated_at)),
    }
}

/// What is used in the limit's currency.
pub fn used_of(limit: Money, used: &HashMap<String, i64>) -> Money {
    let minor = used.get(limit.currency().code()).copied().unwrap_or(0);
    Money::new(minor, limit.currency())
}

fn arrears(one: &Arrears) -> v1::Arrears {
    v1::Arrears {
        region: one.region.clone(),
        amount: Some(wire::money(one.amount)),
        due_since: Some(wire::timestamp(one.due_since)),
    }
}

fn hold(hold: &Hold) -> v1::CreditHold {
    v1::CreditHold {
        reason: hold.reason.clone(),
        until: hold.until.map(wire::timestamp),
        held_by: hold.held_by.clone(),
        held_at: Some(wire::timestamp(hold.held_at)),
    }
}
