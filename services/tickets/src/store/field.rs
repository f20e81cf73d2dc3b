//! The values of the fields that types add: one typed row each, so that lists can filter by them.

use kefu_store::migrate::columns::*;
use kefu_store::{Schema, StoreError};
use sea_orm::entity::prelude::*;

use super::{broken, instant};
use crate::domain::field::FieldValue;

/// One value.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_field")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: Uuid,
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

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("ticket_field")
            .col(uuid("ticket_id"))
            .col(text("code"))
            .col(text("kind"))
            .col(text_null("text"))
            .col(big_integer_null("number"))
            .primary_key(Index::create().col("ticket_id").col("code")),
    );
    schema.index("ticket_field", &["code", "number", "ticket_id"]);
    // Free texts may be long; only choices are walked, and those are codes.
    schema.sql(
        "CREATE INDEX ticket_field_code_choice ON ticket_field (code, text, ticket_id) \
         WHERE kind = 'choice'",
    );
}

impl Model {
    /// The row of a ticket's value.
    pub fn of(ticket_id: Uuid, code: &str, value: &FieldValue) -> Self {
        let (kind, text, number) = match value {
            FieldValue::Text(text) => ("text", Some(text.clone()), None),
            FieldValue::Choice(code) => ("choice", Some(code.clone()), None),
            FieldValue::Integer(number) => ("integer", None, Some(*number)),
            FieldValue::Flag(flag) => ("flag", None, Some(i64::from(*flag))),
            FieldValue::Time(at) => ("time", None, Some(at.as_millis())),
        };
        Self { ticket_id, code: code.to_owned(), kind: kind.to_owned(), text, number }
    }

    /// The code and value that the row keeps.
    pub fn value(self) -> Result<(String, FieldValue), StoreError> {
        let value = match (self.kind.as_str(), self.text, self.number) {
            ("text", Some(text), _) => FieldValue::Text(text),
            ("choice", Some(code), _) => FieldValue::Choice(code),
            ("integer", _, Some(number)) => FieldValue::Integer(number),
            ("flag", _, Some(flag)) => FieldValue::Flag(flag != 0),
            ("time", _, at @ Some(_)) => FieldValue::Time(instant(at).unwrap_or_default()),
            _ => return Err(broken("field's value")),
        };
        Ok((self.code, value))
    }
}
