//! ListOrderTypes: the types of orders, as data declares them.

use kefu_api_orders::v1::{ListOrderTypesResponse, OrderRule, OrderType, OrderVerb as WireVerb};

use crate::order::domain;
use crate::order::domain::words::OrderVerb;
use crate::service::Orders;

pub fn run(orders: &Orders) -> ListOrderTypesResponse {
    ListOrderTypesResponse { types: orders.types.iter().map(shown).collect() }
}

fn shown(kind: &domain::OrderType) -> OrderType {
    let rules = kind.rules.iter().flat_map(|rule| {
        rule.states.iter().map(|state| OrderRule {
            verb: verb(rule.verb).into(),
            state: state.to_wire(),
            permission: rule.permission.clone(),
            fields: rule.fields.clone(),
        })
    });
    OrderType {
        code: kind.code.clone(),
        names: kind.names.clone(),
        fields: kind.fields.iter().map(Into::into).collect(),
        required_checks: kind.required_checks.iter().map(|check| check.to_wire()).collect(),
        required_fields: kind.required_fields.clone(),
        rules: rules.collect(),
    }
}

fn verb(verb: OrderVerb) -> WireVerb {
    match verb {
        OrderVerb::Update => WireVerb::Update,
        OrderVerb::Cancel => WireVerb::Cancel,
        OrderVerb::RecordPayment => WireVerb::RecordPayment,
    }
}
