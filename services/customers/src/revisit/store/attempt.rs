//! The attempts of revisits.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One try to reach the customer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisit_attempt")]
pub struct Model {
    /// The revisit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revisit_id: Uuid,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// By which way.
    pub channel: i32,
    /// What came of it.
    pub outcome: i32,
    /// When it was made.
    pub made_at: i64,
    /// Who made it.
    pub made_by: String,
    /// What is to be remembered. Personal.
    pub note: String,
    /// The hour that the customer chose.
    pub rescheduled_to: Option<i64>,
    /// The deadline that holds because of it.
    pub due_at: Option<i64>,
    /// The call it was made by.
    pub call_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit_attempt")
            .col(uuid("revisit_id"))
            .col(integer("number"))
            .col(integer("channel"))
            .col(integer("outcome"))
            .col(big_integer("made_at"))
            .col(text("made_by"))
            .col(text("note"))
            .col(big_integer_null("rescheduled_to"))
            .col(big_integer_null("due_at"))
            .col(text_null("call_id"))
            .primary_key(Index::create().col("revisit_id").col("number")),
    );
}
