//! The values of the fields that a company added: one typed row each, so that lists can filter by them. One
//! table for all kinds of things of a service; a service that has such fields makes it with [`create`].

use std::collections::HashMap;

use kefu_kernel::field::{FieldDefinition, FieldKind, FieldValue, Fields};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

use crate::filter::{Field, Resource, Shape};
use crate::migrate::columns::*;
use crate::row::{broken, instant};
use crate::runner::ids_in;
use crate::{Reader, Schema, StoreError};

/// One value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "custom_field")]
pub struct Model {
    /// What has the field.
    #[sea_orm(primary_key, auto_increment = false)]
    pub owner_id: Uuid,
    /// The field's code.
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    /// Of what kind the value is.
    pub kind: String,
    /// A text, or a choice's code. Personal.
    pub text: Option<String>,
    /// A whole number, 0 or 1 for a flag, milliseconds for an instant.
    pub number: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("custom_field")
            .col(uuid("owner_id"))
            .col(text("code"))
            .col(text("kind"))
            .col(text_null("text"))
            .col(big_integer_null("number"))
            .primary_key(Index::create().col("owner_id").col("code")),
    );
    schema.index("custom_field", &["code", "number", "owner_id"]);
    // Free texts may be long; only choices are walked, and those are codes.
    schema.sql(
        "CREATE INDEX custom_field_code_choice ON custom_field (code, text, owner_id) \
         WHERE kind = 'choice'",
    );
}

/// The rows of one thing's fields, for [`Rows::parts`](crate::Rows::parts).
pub fn rows(owner_id: Uuid, fields: &Fields) -> Vec<Model> {
    let row = |(code, value): (&String, &FieldValue)| {
        let (kind, text, number) = match value {
            FieldValue::Text(text) => ("text", Some(text.clone()), None),
            FieldValue::Choice(code) => ("choice", Some(code.clone()), None),
            FieldValue::Integer(number) => ("integer", None, Some(*number)),
            FieldValue::Flag(flag) => ("flag", None, Some(i64::from(*flag))),
            FieldValue::Time(at) => ("time", None, Some(at.as_millis())),
        };
        Model { owner_id, code: code.clone(), kind: kind.to_owned(), text, number }
    };
    fields.iter().map(row).collect()
}

/// The fields of these things, by thing: one statement.
///
/// # Errors
///
/// The database; a row that is none of ours.
pub async fn load(reader: &Reader, owners: &[Uuid]) -> Result<HashMap<Uuid, Fields>, StoreError> {
    let mut fields: HashMap<Uuid, Fields> = HashMap::new();
    for row in Entity::find().filter(ids_in(Column::OwnerId, owners)).all(reader).await? {
        let owner = row.owner_id;
        let (code, value) = value(row)?;
        fields.entry(owner).or_default().insert(code, value);
    }
    Ok(fields)
}

/// The resource, with those of the fields that lists can be filtered by as `fields.<code>`, each walked by
/// the resource's time of creation.
pub fn filterable<'a>(
    mut resource: Resource,
    definitions: impl IntoIterator<Item = &'a FieldDefinition>,
) -> Resource {
    for definition in definitions.into_iter().filter(|field| field.filterable) {
        let name = format!("fields.{}", definition.code);
        if resource.get(&name).is_some() {
            continue;
        }
        let field = match definition.kind {
            FieldKind::Text | FieldKind::Choice => Field::text(name.clone(), Column::Text),
            FieldKind::Time => Field::time(name.clone(), Column::Number),
            FieldKind::Integer | FieldKind::Flag => Field::int(name.clone(), Column::Number),
        };
        let rows = Condition::all().add(Expr::col(Column::Code).eq(definition.code.clone()));
        let field = field.kept_in(Entity, Column::OwnerId, rows);
        resource = resource.field(field).shape(Shape::on([&name]).descending("created_at"));
    }
    resource
}

fn value(row: Model) -> Result<(String, FieldValue), StoreError> {
    let value = match (row.kind.as_str(), row.text, row.number) {
        ("text", Some(text), _) => FieldValue::Text(text),
        ("choice", Some(code), _) => FieldValue::Choice(code),
        ("integer", _, Some(number)) => FieldValue::Integer(number),
        ("flag", _, Some(flag)) => FieldValue::Flag(flag != 0),
        ("time", _, at @ Some(_)) => FieldValue::Time(instant(at).unwrap_or_default()),
        _ => return Err(broken("field's value")),
    };
    Ok((row.code, value))
}
