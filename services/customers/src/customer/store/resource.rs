//! Customers as filters and orders know them: fields, and the index shapes that serve lists.

use std::sync::LazyLock;

use kefu_api_events::v1 as words;
use kefu_kernel::Scope;
use kefu_store::custom_field;
use kefu_store::filter::{Field, Resource, Row, Shape, Value};
use kefu_store::row::instant;
use kefu_store::search::Index;
use sea_orm::sea_query::Condition;

use super::customer::{Column, Model, WALKED};
use super::tag;
use crate::customer::domain::ProfileRules;

/// The full-text index of customers.
pub const SEARCH: Index = Index::new("customer");

/// The resource with the company's own filterable fields.
pub fn resource(rules: &ProfileRules) -> Resource {
    custom_field::filterable(base(), &rules.fields)
}

/// The customers within a caller's sight.
pub fn in_sight(scope: &Scope) -> Condition {
    kefu_store::in_sight(scope, Column::BranchId)
}

fn base() -> Resource {
    static BASE: LazyLock<Resource> = LazyLock::new(|| {
        let tags = Field::text("tags", tag::Column::Tag);
        let mut resource = Resource::new("customer", Field::id("id", "customer", Column::Id))
            .field(Field::enumeration("kind", Column::Kind, kinds()))
            .field(Field::enumeration("stage", Column::Stage, stages()))
            .field(Field::text("source", Column::Source))
            .field(Field::text("external_id", Column::ExternalId).nullable())
            .field(Field::int("number", Column::Number))
            .field(tags.kept_in(tag::Entity, tag::Column::CustomerId, Condition::all()))
            .field(Field::text("language", Column::Language))
            .field(Field::id("branch_id", "branch", Column::BranchId).nullable())
            .field(Field::id("specialist_id", "person", Column::SpecialistId).nullable())
            .field(Field::bool("vip", Column::Vip))
            .field(Field::bool("blocked", Column::Blocked))
            .field(Field::id("merged_into_id", "customer", Column::MergedIntoId).nullable())
            .field(Field::int("completeness_percent", Column::CompletenessPercent))
            .field(Field::time("created_at", Column::CreatedAt))
            .field(Field::time("updated_at", Column::UpdatedAt))
            .field(Field::search("text"))
            .shape(Shape::on(["number"]))
            .shape(Shape::on(["merged_into_id"]))
            .shape(Shape::on(["tags"]).descending("created_at"))
            .shape(Shape::on(["source", "external_id"]).descending("created_at"));
        for field in WALKED {
            resource = resource
                .shape(Shape::on([field]).descending("created_at"))
                .shape(Shape::on([field]).ascending("created_at"));
        }
        for field in ["created_at", "updated_at", "number", "completeness_percent"] {
            resource = resource
                .shape(Shape::on([]).descending(field))
                .shape(Shape::on([]).ascending(field));
        }
        resource
    });
    BASE.clone()
}

fn kinds() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=2).filter_map(|n| Some((words::CustomerKind::try_from(n).ok()?.as_str_name(), n)))
}

fn stages() -> impl Iterator<Item = (&'static str, i32)> {
    (0..=6).filter_map(|n| Some((words::LifecycleStage::try_from(n).ok()?.as_str_name(), n)))
}

impl Row for Model {
    fn value(&self, field: &str) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        let time = |at: i64| instant(Some(at)).into();
        match field {
            "id" => Value::Id(self.id),
            "kind" => Value::Int(self.kind.into()),
            "stage" => Value::Int(self.stage.into()),
            "source" => text(&self.source),
            "external_id" => self.external_id.as_deref().map_or(Value::Unset, text),
            "number" => Value::Int(self.number),
            "language" => text(&self.language),
            "branch_id" => self.branch_id.into(),
            "specialist_id" => self.specialist_id.into(),
            "vip" => Value::Bool(self.vip),
            "blocked" => Value::Bool(self.blocked),
            "merged_into_id" => self.merged_into_id.into(),
            "completeness_percent" => Value::Int(self.completeness_percent.into()),
            "created_at" => time(self.created_at),
            "updated_at" => time(self.updated_at),
            _ => Value::Unset,
        }
    }
}
