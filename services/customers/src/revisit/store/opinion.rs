//! What customers said in revisits.

use kefu_store::Schema;
use kefu_store::migrate::columns::*;
use sea_orm::entity::prelude::*;

/// One thing that a customer said.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "revisit_opinion")]
pub struct Model {
    /// The revisit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub revisit_id: Uuid,
    /// From 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    /// What it is.
    pub kind: i32,
    /// What it is about.
    pub cause: String,
    /// What was said. Personal.
    pub text: String,
    /// The ticket that it became.
    pub ticket_id: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}

/// Makes the table.
pub fn create(schema: &mut Schema) {
    schema.create_table(
        Table::create()
            .table("revisit_opinion")
            .col(uuid("revisit_id"))
            .col(integer("number"))
            .col(integer("kind"))
            .col(text("cause"))
            .col(text("text"))
            .col(text_null("ticket_id"))
            .primary_key(Index::create().col("revisit_id").col("number")),
    );
}
