//! Tickets as filters and orders know them: fields, and the index shapes that serve lists.

use std::sync::LazyLock;

use kefu_api_events::v1 as words;
use kefu_api_events::v1::TicketFacts;
use kefu_kernel::Scope;
use kefu_outbox::Watched;
use kefu_store::custom_field;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::row::instant;
use kefu_store::search::Index;
use sea_orm::sea_query::Condition;
use uuid::Uuid;

use super::ticket::{Column, Model};
use crate::domain::types::TicketTypes;

/// The full-text index of tickets.
pub const SEARCH: Index = Index::new("ticket");

/// Fields that walk an index by time of creation.
const WALKED: [&str; 8] = [
    "assignee_id",
    "owner_id",
    "department_id",
    "branch_id",
    "category",
    "cause",
    "channel",
    "source",
];

/// The resource with the filterable fields of `types`.
pub fn resource(types: &TicketTypes) -> Resource {
    custom_field::filterable(base(), types.iter().flat_map(|kind| &kind.fields))
}

/// The tickets within a caller's sight.
pub fn in_sight(scope: &Scope) -> Condition {
    kefu_store::in_sight(scope, Column::BranchId)
}

fn base() -> Resource {
    static BASE: LazyLock<Resource> = LazyLock::new(|| {
        let mut resource = Resource::new("ticket", Field::id("id", "ticket", Column::Id))
            .field(Field::text("type", Column::Kind))
            .field(Field::text("state", Column::State))
            .field(Field::enumeration("category", Column::Category, categories()))
            .field(Field::enumeration("channel", Column::Channel, channels()))
            .field(Field::text("source", Column::Source))
            .field(Field::text("external_id", Column::ExternalId).nullable())
            .field(Field::int("number", Column::Number))
            .field(Field::enumeration("priority", Column::Priority, priorities()))
            .field(Field::text("cause", Column::Cause))
            .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
            .field(Field::id("department_id", "department", Column::DepartmentId).nullable())
            .field(Field::id("assignee_id", "person", Column::AssigneeId).nullable())
            .field(Field::id("owner_id", "person", Column::OwnerId).nullable())
            .field(Field::bool("breached", Column::Breached))
            .field(Field::bool("historic", Column::Historic))
            .field(Field::time("created_at", Column::CreatedAt))
            .field(Field::time("updated_at", Column::UpdatedAt))
            .field(Field::time("due_at", Column::DueAt).nullable())
            .field(Field::time("solved_at", Column::SolvedAt).nullable())
            .field(Field::time("closed_at", Column::ClosedAt).nullable())
            .field(Field::search("text"))
            .shape(Shape::on(["number"]))
            .shape(Shape::on(["source", "external_id"]).descending("created_at"));
        for field in WALKED {
            resource = resource
                .shape(Shape::on([field]).descending("created_at"))
                .shape(Shape::on([field]).ascending("created_at"));
        }
        for field in ["created_at", "updated_at", "due_at", "number"] {
            resource = resource
                .shape(Shape::on([]).descending(field))
                .shape(Shape::on([]).ascending(field));
        }
        resource
    });
    BASE.clone()
}

fn categories() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=6).filter_map(|n| Some((words::StatusCategory::try_from(n).ok()?.as_str_name(), n)))
}

fn channels() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=9).filter_map(|n| Some((words::Channel::try_from(n).ok()?.as_str_name(), n)))
}

fn priorities() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=4).filter_map(|n| Some((words::Priority::try_from(n).ok()?.as_str_name(), n)))
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let time = |at: Option<i64>| instant(at).into();
        match field {
            "id" => Value::Id(self.id),
            "type" => text(&self.kind),
            "state" => text(&self.state),
            "category" => Value::Int(self.category.into()),
            "channel" => Value::Int(self.channel.into()),
            "source" => text(&self.source),
            "external_id" => self.external_id.as_deref().map_or(Value::Unset, text),
            "number" => Value::Int(self.number),
            "priority" => Value::Int(self.priority.into()),
            "cause" => text(&self.cause),
            "branch_id" => self.branch_id.into(),
            "department_id" => self.department_id.into(),
            "assignee_id" => self.assignee_id.into(),
            "owner_id" => self.owner_id.into(),
            "breached" => Value::Bool(self.breached),
            "historic" => Value::Bool(self.historic),
            "created_at" => time(Some(self.created_at)),
            "updated_at" => time(Some(self.updated_at)),
            "due_at" => time(self.due_at),
            "solved_at" => time(self.solved_at),
            "closed_at" => time(self.closed_at),
            _ => Value::Unset,
        }
    }
}

impl Watched for Model {
    const KIND: &'static str = "ticket";
    type Facts = TicketFacts;
    const ID: Column = Column::Id;
    const BRANCH: Column = Column::BranchId;

    fn id(&self) -> Uuid {
        self.id
    }

    fn branch(&self) -> Option<Uuid> {
        self.branch_id
    }
}
