//! Limits and delegations as the API shows them.

use kefu_api_claims::v1;
use kefu_api_claims::v1::authority_limit::Holder as WireHolder;
use kefu_api_common::wire;
use kefu_kernel::Money;

use crate::decision::domain::delegation::Delegation;
use crate::decision::domain::limit::{AuthorityLimit, Holder};

/// A limit.
pub fn limit(limit: &AuthorityLimit) -> v1::AuthorityLimit {
    let money = |minor: i64| wire::money(Money::new(minor, limit.currency));
    let holder = match &limit.holder {
        Holder::Role(role) => WireHolder::Role(role.clone()),
        Holder::Person(person) => WireHolder::PersonId(person.to_string()),
    };
    v1::AuthorityLimit {
        id: limit.id().to_string(),
        etag: limit.head.etag(),
        holder: Some(holder),
        kind: limit.kind.to_wire(),
        currency: limit.currency.code().to_owned(),
        limit: limit.limit.map(money),
        four_eyes_above: limit.four_eyes_above.map(money),
        valid_from: Some(wire::timestamp(limit.valid_from)),
        valid_until: limit.valid_until.map(wire::timestamp),
        created_by: limit.created_by.clone(),
        created_at: Some(wire::timestamp(limit.head.created_at)),
    }
}

/// A delegation.
pub fn delegation(delegation: &Delegation) -> v1::Delegation {
    let limit = delegation.limit.zip(delegation.currency);
    v1::Delegation {
        id: delegation.id().to_string(),
        etag: delegation.head.etag(),
        from_id: delegation.from.to_string(),
        to_id: delegation.to.to_string(),
        kinds: delegation.kinds.iter().map(|kind| kind.to_wire()).collect(),
        limit: limit.map(|(minor, currency)| wire::money(Money::new(minor, currency))),
        valid_from: Some(wire::timestamp(delegation.valid_from)),
        valid_until: Some(wire::timestamp(delegation.valid_until)),
        reason: delegation.reason.clone(),
        created_by: delegation.created_by.clone(),
        created_at: Some(wire::timestamp(delegation.head.created_at)),
        revoked_at: delegation.revoked_at.map(wire::timestamp),
    }
}
