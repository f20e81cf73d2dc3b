//! What events tell of an order: its facts, and the names of the fields that changed. Both are read off the
//! states, so no verb can forget one.

use kefu_api_events::wire::timestamp;
use kefu_api_events::{Subject, v1 as events};
use kefu_kernel::{Money, field, id};

use super::Order;
use super::words::PaymentTerms;
use crate::domain::count;
use crate::domain::words::ShipmentStatus;

impl Subject for Order {
    type Facts = events::OrderFacts;

    fn subject_id(&self) -> String {
        self.id().to_string()
    }

    fn facts(&self) -> events::OrderFacts {
        let living = || self.shipments.values().filter(|of| of.status != ShipmentStatus::Cancelled);
        let delivered = living().filter(|of| of.status == ShipmentStatus::Delivered);
        events::OrderFacts {
            r#type: self.kind.clone(),
            state: self.state.to_wire(),
            channel: self.channel.to_wire(),
            source: self.source.clone(),
            customer_id: id::text(self.customer),
            branch_id: id::text(self.branch()),
            department_id: id::text(self.department),
            salesperson_id: id::text(self.salesperson),
            payment_terms: self.terms.map_or(0, PaymentTerms::to_wire),
            currency: currency(self.price.or_else(|| self.paid())),
            price_minor_units: minor(self.price),
            paid_minor_units: minor(self.paid()),
            credit_minor_units: self.credit_taken(),
            cod_currency: currency(self.cod),
            cod_minor_units: minor(self.cod),
            pieces: self.pieces(),
            weight_grams: self.weight_grams(),
            shipments: count(living().count()),
            shipments_delivered: count(delivered.count()),
            created_at: Some(timestamp(self.head.created_at)),
            confirmed_at: self.confirmed_at.map(timestamp),
            handed_over_at: self.handed_over_at.map(timestamp),
            pickup_until: self.pickup_window.as_ref().map(|window| timestamp(window.until)),
            picked_up_at: self.picked_up_at.map(timestamp),
            ended_at: self.ended_at.map(timestamp),
            due_at: None,
            breached: false,
        }
    }

    fn changed(before: &Self, now: &Self) -> Vec<String> {
        let mut names: Vec<String> = [
            ("state", before.state != now.state),
            ("source", before.source != now.source),
            ("customer_id", before.customer != now.customer),
            ("branch_id", before.head.branch != now.head.branch),
            ("department_id", before.department != now.department),
            ("salesperson_id", before.salesperson != now.salesperson),
            ("payment_terms", before.terms != now.terms),
            ("price", before.price != now.price),
            ("paid", before.paid() != now.paid()),
            ("declared_value", before.declared_value != now.declared_value),
            ("cod_amount", before.cod != now.cod),
            ("pickup_window", before.pickup_window != now.pickup_window),
            ("language", before.language != now.language),
            ("parties", before.parties != now.parties),
            ("goods", before.goods != now.goods),
            ("instructions", before.instructions != now.instructions),
            ("checks", before.checks != now.checks),
            ("credit", before.credit != now.credit),
            ("payments", before.payments != now.payments),
            ("possible_duplicate_ids", before.possible_duplicates != now.possible_duplicates),
            ("shipment_ids", before.shipments != now.shipments),
            ("confirmed_at", before.confirmed_at != now.confirmed_at),
            ("handed_over_at", before.handed_over_at != now.handed_over_at),
            ("picked_up_at", before.picked_up_at != now.picked_up_at),
            ("ended_at", before.ended_at != now.ended_at),
            ("cancel_reason", before.cancel_reason != now.cancel_reason),
            ("cancel_note", before.cancel_note != now.cancel_note),
        ]
        .into_iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| name.to_owned())
        .collect();
        let own = field::changed(&before.fields, &now.fields);
        names.extend(own.map(|code| format!("fields.{code}")));
        names
    }
}

fn currency(amount: Option<Money>) -> String {
    amount.map(|amount| amount.currency().code().to_owned()).unwrap_or_default()
}

fn minor(amount: Option<Money>) -> i64 {
    amount.map_or(0, Money::minor)
}
