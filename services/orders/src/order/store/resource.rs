//! Orders as filters and orders of lists know them: fields, and the index shapes that serve lists.

use std::sync::LazyLock;

use kefu_api_events::v1 as words;
use kefu_kernel::Scope;
use kefu_outbox::Watched;
use kefu_store::custom_field;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::row::instant;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

use super::order::{Column, Model, WALKED};
use crate::order::domain::OrderTypes;

/// The resource with the filterable fields of `types`.
pub fn resource(types: &OrderTypes) -> Resource {
    custom_field::filterable(base(), types.iter().flat_map(|kind| &kind.fields))
}

/// The orders within a caller's sight.
pub fn in_sight(scope: &Scope) -> Condition {
    kefu_store::in_sight(scope, Column::BranchId)
}

fn base() -> Resource {
    static BASE: LazyLock<Resource> = LazyLock::new(|| {
        let mut resource = Resource::new("order", Field::id("id", "order", Column::Id))
            .field(Field::text("type", Column::Kind))
            .field(Field::enumeration("state", Column::State, states()))
            .field(Field::enumeration("channel", Column::Channel, channels()))
            .field(Field::text("source", Column::Source))
            .field(Field::text("external_id", Column::ExternalId).nullable())
            .field(Field::int("number", Column::Number))
            .field(Field::id("customer_id", "customer", Column::CustomerId).nullable())
            .field(Field::id("ticket_id", "ticket", Column::TicketId).nullable())
            .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
            .field(Field::id("department_id", "department", Column::DepartmentId).nullable())
            .field(Field::id("salesperson_id", "person", Column::SalespersonId).nullable())
            .field(Field::text("created_by", Column::CreatedBy))
            .field(Field::enumeration("payment_terms", Column::PaymentTerms, terms()))
            .field(Field::bool("historic", Column::Historic))
            .field(Field::time("created_at", Column::CreatedAt))
            .field(Field::time("updated_at", Column::UpdatedAt))
            .field(Field::time("confirmed_at", Column::ConfirmedAt).nullable())
            .field(Field::time("handed_over_at", Column::HandedOverAt).nullable())
            .field(Field::time("pickup_until", Column::PickupUntil).nullable())
            .field(Field::time("ended_at", Column::EndedAt).nullable())
            .shape(Shape::on(["number"]))
            .shape(Shape::on(["source", "external_id"]).descending("created_at"));
        for field in WALKED {
            resource = resource
                .shape(Shape::on([field]).descending("created_at"))
                .shape(Shape::on([field]).ascending("created_at"));
        }
        for field in ["created_at", "updated_at", "pickup_until", "number"] {
            resource = resource
                .shape(Shape::on([]).descending(field))
                .shape(Shape::on([]).ascending(field));
        }
        resource
    });
    BASE.clone()
}

fn states() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=7).filter_map(|n| Some((words::OrderState::try_from(n).ok()?.as_str_name(), n)))
}

fn channels() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=9).filter_map(|n| Some((words::Channel::try_from(n).ok()?.as_str_name(), n)))
}

fn terms() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=3).filter_map(|n| Some((words::PaymentTerms::try_from(n).ok()?.as_str_name(), n)))
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let time = |at: Option<i64>| instant(at).into();
        match field {
            "id" => Value::Id(self.id),
            "type" => text(&self.kind),
            "state" => Value::Int(self.state.into()),
            "channel" => Value::Int(self.channel.into()),
            "source" => text(&self.source),
            "external_id" => self.external_id.as_deref().map_or(Value::Unset, text),
            "number" => Value::Int(self.number),
            "customer_id" => self.customer_id.into(),
            "ticket_id" => self.ticket_id.into(),
            "branch_id" => self.branch_id.into(),
            "department_id" => self.department_id.into(),
            "salesperson_id" => self.salesperson_id.into(),
            "created_by" => text(&self.created_by),
            "payment_terms" => Value::Int(self.payment_terms.into()),
            "historic" => Value::Bool(self.historic),
            "created_at" => time(Some(self.created_at)),
            "updated_at" => time(Some(self.updated_at)),
            "confirmed_at" => time(self.confirmed_at),
            "handed_over_at" => time(self.handed_over_at),
            "pickup_until" => time(self.pickup_until),
            "ended_at" => time(self.ended_at),
            _ => Value::Unset,
        }
    }
}

impl Watched for Model {
    const KIND: &'static str = "order";
    type Facts = words::OrderFacts;
    const ID: Column = Column::Id;
    const BRANCH: Column = Column::BranchId;

    fn id(&self) -> Uuid {
        self.id
    }

    fn branch(&self) -> Option<Uuid> {
        self.branch_id
    }
}
