//! Claims as filters and orders know them: fields, and the index shapes that serve lists.

use std::sync::LazyLock;

use kefu_api_events::v1::{self as words, ClaimFacts};
use kefu_kernel::Scope;
use kefu_outbox::Watched;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::row::instant;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

use super::claim::{Column, Model, WALKED};

/// The resource.
pub fn resource() -> &'static Resource {
    static RESOURCE: LazyLock<Resource> = LazyLock::new(build);
    &RESOURCE
}

/// The claims within a caller's sight.
pub fn in_sight(scope: &Scope) -> Condition {
    kefu_store::in_sight(scope, Column::BranchId)
}

fn build() -> Resource {
    let mut resource = Resource::new("claim", Field::id("id", "claim", Column::Id))
        .field(Field::enumeration("type", Column::Kind, types()))
        .field(Field::enumeration("state", Column::State, states()))
        .field(Field::enumeration("origin", Column::Origin, origins()))
        .field(Field::enumeration("channel", Column::Channel, channels()))
        .field(Field::enumeration("responsible", Column::Responsible, parties()))
        .field(Field::enumeration("resolution", Column::Resolution, resolutions()))
        .field(Field::text("source", Column::Source))
        .field(Field::text("external_id", Column::ExternalId).nullable())
        .field(Field::int("number", Column::Number))
        .field(Field::id("customer_id", "customer", Column::CustomerId).nullable())
        .field(Field::id("order_id", "order", Column::OrderId).nullable())
        .field(Field::id("shipment_id", "shipment", Column::ShipmentId).nullable())
        .field(Field::id("ticket_id", "ticket", Column::TicketId).nullable())
        .field(Field::id("trace_id", "trace", Column::TraceId).nullable())
        .field(Field::text("carrier", Column::Carrier))
        .field(Field::text("waybill", Column::Waybill))
        .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
        .field(Field::id("department_id", "department", Column::DepartmentId).nullable())
        .field(Field::id("handler_id", "person", Column::HandlerId).nullable())
        .field(Field::id("contact_id", "person", Column::ContactId).nullable())
        .field(Field::text("cause", Column::Cause))
        .field(Field::bool("out_of_time", Column::OutOfTime))
        .field(Field::bool("breached", Column::Breached))
        .field(Field::bool("historic", Column::Historic))
        .field(Field::time("created_at", Column::CreatedAt))
        .field(Field::time("updated_at", Column::UpdatedAt))
        .field(Field::time("submitted_at", Column::SubmittedAt).nullable())
        .field(Field::time("decided_at", Column::DecidedAt).nullable())
        .field(Field::time("paid_at", Column::PaidAt).nullable())
        .field(Field::time("closed_at", Column::ClosedAt).nullable())
        .field(Field::time("due_at", Column::DueAt).nullable())
        .shape(Shape::on(["number"]))
        .shape(Shape::on(["source", "external_id"]).descending("created_at"));
    for field in WALKED {
        resource = resource
            .shape(Shape::on([field]).descending("created_at"))
            .shape(Shape::on([field]).ascending("created_at"));
    }
    for field in ["created_at", "updated_at", "submitted_at", "due_at", "number"] {
        resource =
            resource.shape(Shape::on([]).descending(field)).shape(Shape::on([]).ascending(field));
    }
    resource
}

/// The words of an enumeration of the contract, with their numbers.
macro_rules! enumerations {
    ($($name:ident: $wire:ident),+ $(,)?) => {
        $(fn $name() -> impl Iterator<Item = (&'static str, i32)> {
            (0..=32).filter_map(|n| Some((words::$wire::try_from(n).ok()?.as_str_name(), n)))
        })+
    };
}

enumerations! {
    types: ClaimType,
    states: ClaimState,
    origins: ClaimOrigin,
    channels: Channel,
    parties: ResponsibleParty,
    resolutions: ClaimResolution,
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let time = |at: Option<i64>| instant(at).into();
        let number = |number: i32| Value::Int(number.into());
        match field {
            "id" => Value::Id(self.id),
            "type" => number(self.kind),
            "state" => number(self.state),
            "origin" => number(self.origin),
            "channel" => number(self.channel),
            "responsible" => number(self.responsible),
            "resolution" => number(self.resolution),
            "source" => text(&self.source),
            "external_id" => self.external_id.as_deref().map_or(Value::Unset, text),
            "number" => Value::Int(self.number),
            "customer_id" => self.customer_id.into(),
            "order_id" => self.order_id.into(),
            "shipment_id" => self.shipment_id.into(),
            "ticket_id" => self.ticket_id.into(),
            "trace_id" => self.trace_id.into(),
            "carrier" => text(&self.carrier),
            "waybill" => text(&self.waybill),
            "branch_id" => self.branch_id.into(),
            "department_id" => self.department_id.into(),
            "handler_id" => self.handler_id.into(),
            "contact_id" => self.contact_id.into(),
            "cause" => text(&self.cause),
            "out_of_time" => Value::Bool(self.out_of_time),
            "breached" => Value::Bool(self.breached),
            "historic" => Value::Bool(self.historic),
            "created_at" => time(Some(self.created_at)),
            "updated_at" => time(Some(self.updated_at)),
            "submitted_at" => time(self.submitted_at),
            "decided_at" => time(self.decided_at),
            "paid_at" => time(self.paid_at),
            "closed_at" => time(self.closed_at),
            "due_at" => time(self.due_at),
            _ => Value::Unset,
        }
    }
}

impl Watched for Model {
    const KIND: &'static str = "claim";
    type Facts = ClaimFacts;
    const ID: Column = Column::Id;
    const BRANCH: Column = Column::BranchId;

    fn id(&self) -> Uuid {
        self.id
    }

    fn branch(&self) -> Option<Uuid> {
        self.branch_id
    }
}
