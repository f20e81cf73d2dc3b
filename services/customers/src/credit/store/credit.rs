//! The root row of a customer's credit.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One credit record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "credit")]
pub struct Model {
    /// The record.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Its version.
    pub version: i64,
    /// The customer's branch.
    pub branch_id: Option<Uuid>,
    /// When it began.
    pub created_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// Whose it is; unique.
    pub customer_id: Uuid,
    /// The grade's number in `kefu.events.v1.CreditGrade`; 0: never investigated.
    pub grade: i32,
    /// How much may be owed at once.
    pub limit_minor_units: Option<i64>,
    /// In which currency.
    pub limit_currency: Option<String>,
    /// Whether cash on delivery is taken.
    pub cash_on_delivery_allowed: bool,
    /// Why it is held; unset: it is not.
    pub hold_reason: Option<String>,
    /// Until when.
    pub held_until: Option<i64>,
    /// Who put the hold.
    pub held_by: String,
    /// When.
    pub held_at: Option<i64>,
    /// From where the grade is known.
    pub source: String,
    /// Until when the investigation counts.
    pub valid_until: Option<i64>,
    /// When it was last investigated.
    pub investigated_at: Option<i64>,
    /// Who did.
    pub investigated_by: String,
    /// What was found. Personal.
    pub findings: String,
}

impl ActiveModelBehavior for ActiveModel {}

pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("credit")
            .col(uuid("id"))
            .col(big_integer("version"))
            .col(uuid_null("branch_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .col(uuid("customer_id"))
            .col(integer("grade"))
            .col(big_integer_null("limit_minor_units"))
            .col(text_null("limit_currency"))
            .col(boolean("cash_on_delivery_allowed"))
            .col(text_null("hold_reason"))
            .col(big_integer_null("held_until"))
            .col(text("held_by"))
            .col(big_integer_null("held_at"))
            .col(text("source"))
            .col(big_integer_null("valid_until"))
            .col(big_integer_null("investigated_at"))
            .col(text("investigated_by"))
            .col(text("findings"))
            .primary_key(Index::create().col("id")),
    );
    schema.unique_index("credit", &["customer_id"]);
}
