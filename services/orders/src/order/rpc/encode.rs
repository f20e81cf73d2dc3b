//! Orders as the API shows them.

use kefu_api_common::v1::Money as WireMoney;
use kefu_api_common::{field, wire};
use kefu_api_orders::v1;
use kefu_kernel::id::{self, Uuid};
use kefu_kernel::{Money, Timestamp};
use kefu_store::runner::Aggregate;

use crate::order::domain::words::{CheckKind, PartyRole};
use crate::order::domain::{Address, Check, Credit, GoodsLine, Order, Party, Payment};
use crate::order::store::order;

/// An order with everything.
pub fn full(order: &Order) -> v1::Order {
    let payments = order.payments.iter().rev().take(100);
    v1::Order {
        parties: order.parties.iter().map(party).collect(),
        goods: order.goods.iter().map(goods).collect(),
        instructions: order.instructions.clone(),
        fields: field::show_all(&order.fields),
        checks: order.checks.iter().map(|(kind, check)| shown_check(*kind, check)).collect(),
        credit: order.credit.as_ref().map(credit),
        payments: payments.map(payment).collect(),
        ..basic(&order.root())
    }
}

/// An order in the BASIC view, off its row alone.
pub fn basic(row: &order::Model) -> v1::Order {
    let id = |prefix: &str, id: Option<Uuid>| id.map(|id| id::encode(prefix, id));
    let window = row.pickup_from.zip(row.pickup_until).map(|(from, until)| v1::PickupWindow {
        from: time(Some(from)),
        until: time(Some(until)),
        time_zone: row.pickup_zone.clone(),
    });
    v1::Order {
        id: id::encode("order", row.id),
        number: row.number,
        etag: row.version.to_string(),
        r#type: row.kind.clone(),
        state: row.state,
        channel: row.channel,
        source: row.source.clone(),
        external_id: row.external_id.clone(),
        customer_id: id("customer", row.customer_id),
        ticket_id: id("ticket", row.ticket_id),
        call_id: id("call", row.call_id),
        branch_id: id("branch", row.branch_id),
        department_id: id("department", row.department_id),
        salesperson_id: id("person", row.salesperson_id),
        payment_terms: row.payment_terms,
        price: columns(row.price_minor, row.price_currency.as_deref()),
        paid: columns(row.paid_minor, row.paid_currency.as_deref()),
        declared_value: columns(row.declared_minor, row.declared_currency.as_deref()),
        cod_amount: columns(row.cod_minor, row.cod_currency.as_deref()),
        pieces: row.pieces,
        weight_grams: row.weight_grams,
        pickup_window: window,
        language: row.language.clone(),
        possible_duplicate_ids: ids(&row.possible_duplicate_ids),
        shipment_ids: ids(&row.shipment_ids),
        historic: row.historic,
        created_by: row.created_by.clone(),
        created_at: time(Some(row.created_at)),
        updated_at: time(Some(row.updated_at)),
        confirmed_at: time(row.confirmed_at),
        handed_over_at: time(row.handed_over_at),
        picked_up_at: time(row.picked_up_at),
        ended_at: time(row.ended_at),
        cancel_reason: row.cancel_reason.clone(),
        ..v1::Order::default()
    }
}

fn columns(minor: Option<i64>, currency: Option<&str>) -> Option<WireMoney> {
    let (minor_units, currency) = minor.zip(currency)?;
    Some(WireMoney { minor_units, currency: currency.to_owned() })
}

fn time(millis: Option<i64>) -> Option<prost_types::Timestamp> {
    millis.map(|millis| wire::timestamp(Timestamp::from_millis(millis)))
}

/// Ids of one column, at most 200.
fn ids(column: &str) -> Vec<String> {
    column.split(',').filter(|id| !id.is_empty()).take(200).map(str::to_owned).collect()
}

fn amount(amount: Option<Money>) -> Option<WireMoney> {
    amount.map(wire::money)
}

fn party(party: &Party) -> v1::OrderParty {
    let role = match party.role {
        PartyRole::Sender => v1::PartyRole::Sender,
        PartyRole::Receiver => v1::PartyRole::Receiver,
        PartyRole::Payer => v1::PartyRole::Payer,
        PartyRole::Notify => v1::PartyRole::Notify,
        PartyRole::Return => v1::PartyRole::Return,
        PartyRole::Agent => v1::PartyRole::Agent,
    };
    v1::OrderParty {
        role: role.into(),
        name: party.name.clone(),
        company: party.company.clone(),
        phone: party.phone.clone(),
        other_phone: party.other_phone.clone(),
        email: party.email.clone(),
        address: party.address.as_ref().map(address),
        customer_id: party.customer.map(|customer| customer.to_string()),
    }
}

fn address(address: &Address) -> v1::PostalAddress {
    v1::PostalAddress {
        country: address.country.clone(),
        region: address.region.clone(),
        city: address.city.clone(),
        district: address.district.clone(),
        lines: address.lines.clone(),
        postal_code: address.postal_code.clone(),
        outlet_code: address.outlet_code.clone(),
        latitude_e7: address.latitude_e7,
        longitude_e7: address.longitude_e7,
    }
}

fn goods(line: &GoodsLine) -> v1::GoodsLine {
    v1::GoodsLine {
        description: line.description.clone(),
        commodity: line.commodity.clone(),
        sku: line.sku.clone(),
        pieces: line.pieces,
        units: line.units,
        packaging: line.packaging.clone(),
        weight_grams: line.weight_grams,
        length_mm: line.length_mm,
        width_mm: line.width_mm,
        height_mm: line.height_mm,
        declared_value: amount(line.declared_value),
        handling: line.handling.clone(),
    }
}

fn shown_check(kind: CheckKind, check: &Check) -> v1::OrderCheck {
    v1::OrderCheck {
        kind: kind.to_wire(),
        result: check.result.to_wire(),
        note: check.note.clone(),
        checked_by: check.by.clone(),
        checked_at: Some(wire::timestamp(check.at)),
    }
}

fn credit(credit: &Credit) -> v1::CreditAnswer {
    let answer = &credit.answer;
    let overridden = credit.overridden.clone();
    let (override_reason, overridden_by) = overridden.unzip();
    v1::CreditAnswer {
        allowed: answer.is_allowed(),
        refusals: answer.refusals.iter().map(|refusal| refusal.to_wire()).collect(),
        terms: answer.question.terms.to_wire(),
        amount: Some(wire::money(answer.question.amount)),
        asked_at: Some(wire::timestamp(answer.asked_at)),
        override_reason: override_reason.unwrap_or_default(),
        overridden_by,
    }
}

fn payment(payment: &Payment) -> v1::OrderPayment {
    let reversed = payment.reversed.as_ref();
    v1::OrderPayment {
        id: payment.id.to_string(),
        kind: payment.kind.to_wire(),
        method: payment.method.to_wire(),
        amount: Some(wire::money(payment.amount)),
        paid_at: Some(wire::timestamp(payment.paid_at)),
        source: payment.source.clone(),
        external_id: payment.external_id.clone(),
        reference: payment.reference.clone(),
        recorded_by: payment.recorded_by.clone(),
        reversed_at: reversed.map(|(at, _)| wire::timestamp(*at)),
        reversal_reason: reversed.map(|(_, reason)| reason.clone()).unwrap_or_default(),
    }
}
