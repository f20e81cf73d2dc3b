//! What customers were promised in revisits.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One promise.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisit_promise")]
pub struct Model {
    /// The revisit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revisit_id: Uuid,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What was promised. Personal.
    pub text: String,
    /// When.
    pub made_at: i64,
    /// By when.
    pub due_at: i64,
    /// When it was kept.
    pub kept_at: Option<i64>,
    /// Whether it was not kept in time.
    pub breached: bool,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit_promise")
            .col(uuid("revisit_id"))
            .col(integer("number"))
            .col(text("text"))
            .col(big_integer("made_at"))
            .col(big_integer("due_at"))
            .col(big_integer_null("kept_at"))
            .col(boolean("breached"))
            .primary_key(Index::create().col("revisit_id").col("number")),
    );
}
